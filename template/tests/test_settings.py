"""Settings come from the environment, and a wrong one is told in a line."""

import pytest

from app import settings

URL = "postgresql://user:pass@db.example.com:5432/shop"


def test_a_missing_setting_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SystemExit, match="DATABASE_URL: This setting is required"):
        settings.load()


def test_wrong_settings_are_all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://db/shop")
    monkeypatch.setenv("DATABASE_POOL_SIZE", "none")
    with pytest.raises(SystemExit) as stopped:
        settings.load()
    told = str(stopped.value).splitlines()
    assert [line.split(":")[0] for line in told] == [
        "DATABASE_URL",
        "DATABASE_POOL_SIZE",
    ]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (URL, "postgresql+asyncpg://user:pass@db.example.com:5432/shop"),
        (
            URL.replace("postgresql", "postgres"),
            "postgresql+asyncpg://user:pass@db.example.com:5432/shop",
        ),
        (
            f"{URL}?sslmode=require",
            "postgresql+asyncpg://user:pass@db.example.com:5432/shop?ssl=require",
        ),
        (
            f"{URL}?channel_binding=require&connect_timeout=10",
            "postgresql+asyncpg://user:pass@db.example.com:5432/shop",
        ),
    ],
)
def test_a_url_as_hosts_give_it(given: str, used: str) -> None:
    assert settings.asyncpg_url(given) == used


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("sslrootcert=root.pem", "parameter sslrootcert; set PGSSLROOTCERT"),
        ("pool=5", "parameter pool$"),
    ],
)
def test_what_a_url_can_not_say(query: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        settings.asyncpg_url(f"{URL}?{query}")


def test_a_password_is_not_told_as_a_port() -> None:
    with pytest.raises(ValueError, match="Input should be a URL") as raised:
        settings.asyncpg_url("postgresql://user:a@b:secret@host/shop")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "used"), [("", ""), ("/", ""), ("/api/v1", "/api/v1"), ("/api/", "/api")]
)
def test_a_path_prefix(given: str, used: str) -> None:
    assert settings.root_path(given) == used


@pytest.mark.parametrize(
    "given", ["api", "//x", "/a b", "/a?b", "/a/../b", "/é", "/%2e"]
)
def test_what_is_no_path_prefix(given: str) -> None:
    with pytest.raises(ValueError, match="Input should be a path such as /api/v1"):
        settings.root_path(given)


@pytest.mark.parametrize("given", ["*", "127.0.0.1, ::1", "10.0.0.0/8 fd00::/8"])
def test_proxies_that_are_believed(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", given)
    assert settings.load().forwarded_allow_ips == given.replace(",", "").split()
    for wrong in ("localhost", "10.0.0.1/8", "10.0.0.*"):
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", f"{given} {wrong}")
        with pytest.raises(
            SystemExit, match=r"^FORWARDED_ALLOW_IPS.\d: Input should be"
        ):
            settings.load()


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("TRUSTED_HOSTS", "* localhost *.example.org [::1]", "a* *a http://a a/b a:80"),
        (
            "CORS_ORIGINS",
            "* https://example.com app://x null",
            "example.com https://a/b",
        ),
    ],
)
def test_hosts_and_origins(
    monkeypatch: pytest.MonkeyPatch, name: str, right: str, wrong: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv(name, right)
    assert getattr(settings.load(), name.lower()) == right.split()
    for it in wrong.split():
        monkeypatch.setenv(name, it)
        with pytest.raises(SystemExit, match=f"^{name}.0: Input should be "):
            settings.load()


def test_an_origin_as_browsers_send_it() -> None:
    assert settings.origin("https://Example.com/") == "https://example.com"


def test_a_rule_of_several_settings_is_told_without_a_name() -> None:
    error = {"type": "value_error", "loc": (), "msg": "Value error, Both or none"}
    assert settings.told(error) == "Both or none"
