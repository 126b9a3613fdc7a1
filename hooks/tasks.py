"""After a copy: a Git repository, which updates need. Best effort: a copy never fails for it."""

import subprocess


def git(*arguments: str) -> bool:
    try:
        return subprocess.run(["git", *arguments], capture_output=True).returncode == 0
    except OSError:
        return False


if __name__ == "__main__" and not git("rev-parse", "--is-inside-work-tree"):
    git("init", "--initial-branch", "main")
