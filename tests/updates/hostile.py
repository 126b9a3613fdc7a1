"""A machine on which everything that Git can be set to is set, and in the way."""

from __future__ import annotations

from pathlib import Path

HOOKS = (
    *("pre-commit", "commit-msg", "pre-merge-commit", "post-checkout", "reference-transaction"),
    *("post-index-change", "post-merge", "pre-auto-gc", "fsmonitor-watchman", "prepare-commit-msg"),
)
SETTINGS = """\
[user]
\tuseConfigOnly = true
[commit]
\tgpgsign = true
\ttemplate = /missing
[tag]
\tgpgSign = true
[gpg]
\tprogram = {home}/broken
[core]
\thooksPath = {home}/hooks
\tautocrlf = true
\teol = crlf
\tsafecrlf = true
\tfsmonitor = {home}/broken
\tuntrackedCache = true
\tattributesFile = {home}/attributes
\texcludesFile = {home}/ignored
\tquotePath = true
\tpager = {home}/broken
\teditor = {home}/broken
\tworktree = /missing
\tsparseCheckout = true
\tprecomposeUnicode = true
\tabbrev = 4
[init]
\ttemplateDir = {home}/template
\tdefaultObjectFormat = sha256
\tdefaultBranch = weird/branch
[merge]
\tff = only
\tconflictStyle = merge
\trenormalize = true
\tverifySignatures = true
\tdirectoryRenames = true
\ttool = broken
[merge "broken"]
\tdriver = {home}/broken
[filter "broken"]
\tclean = {home}/broken
\tsmudge = {home}/broken
\trequired = true
[filter "lfs"]
\tclean = git-lfs-is-missing clean -- %f
\tsmudge = git-lfs-is-missing smudge -- %f
\tprocess = git-lfs-is-missing filter-process
\trequired = true
[diff]
\texternal = {home}/broken
\tnoprefix = true
\tmnemonicPrefix = true
\trenames = copies
\tignoreSubmodules = all
[diff "broken"]
\ttextconv = {home}/broken
\tcommand = {home}/broken
[status]
\tshort = true
\tbranch = true
\tshowStash = true
\trelativePaths = false
\tshowUntrackedFiles = no
[color]
\tui = always
[column]
\tui = always
[url "https://nowhere.invalid/"]
\tinsteadOf = {away}
[protocol "file"]
\tallow = never
[submodule]
\trecurse = true
[feature]
\tmanyFiles = true
[index]
\tversion = 4
[gc]
\tauto = 1
[transfer]
\tfsckObjects = true
[clone]
\tdefaultRemoteName = elsewhere
[checkout]
\tdefaultRemote = elsewhere
[fetch]
\tprune = true
\tprunetags = true
\trecurseSubmodules = true
[push]
\tgpgSign = true
[pull]
\tff = only
\trebase = true
[log]
\tshowSignature = true
[alias]
\tstatus = !false
\tcommit = !false
[i18n]
\tcommitEncoding = ISO-8859-1
\tlogOutputEncoding = ISO-8859-1
[apply]
\twhitespace = error-all
[safe]
\tbareRepository = explicit
"""
ATTRIBUTES = "* filter=broken merge=broken diff=broken ident\n*.md text eol=crlf\n"


def hostile(home: Path, away: str = "/") -> dict[str, str]:
    """The variables of such a machine; what they name is made in `home`.

    What begins with `away` is looked for elsewhere.
    """
    for name in ("broken", *(f"{at}/{it}" for at in ("hooks", "template/hooks") for it in HOOKS)):
        program = home / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\necho 'a program of the machine' >&2\nexit 1\n")
        program.chmod(0o755)
    (home / "template/config").write_text("[core]\n\tbare = true\n\thooksPath = hooks\n")
    (home / "template/info").mkdir()
    (home / "template/info/attributes").write_text(ATTRIBUTES)
    (home / "template/info/exclude").write_text("*\n")
    (home / "attributes").write_text(ATTRIBUTES)
    (home / "ignored").write_text("*.py\n*.yml\n")
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/attributes").write_text(ATTRIBUTES)
    (home / ".config/git/ignore").write_text("*\n")
    (home / ".gitconfig").write_text(SETTINGS.format(home=home, away=away))
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "LANG": "de_DE.UTF-8",
        "LANGUAGE": "de",
        "GIT_DIR": str(home / "nowhere"),
        "GIT_WORK_TREE": str(home),
        "GIT_INDEX_FILE": str(home / "index"),
        "GIT_OBJECT_DIRECTORY": str(home / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(home / "objects"),
        "GIT_COMMON_DIR": str(home / "nowhere"),
        "GIT_NAMESPACE": "theirs",
        "GIT_PREFIX": "app/",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_TEMPLATE_DIR": str(home / "template"),
        "GIT_ATTR_SOURCE": "missing",
        "GIT_EXTERNAL_DIFF": str(home / "broken"),
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_EDITOR": str(home / "broken"),
        "GIT_PAGER": str(home / "broken"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "merge.conflictStyle",
        "GIT_CONFIG_VALUE_0": "zdiff3",
        "GIT_CONFIG_PARAMETERS": "'core.autocrlf=true'",
    }
