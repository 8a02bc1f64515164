"""Settings from the environment, and the secret key that is made when none is given."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.config import BadSetting, Settings, kept_secret_key


def test_nothing_set_is_the_defaults():
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.port, settings.host, settings.database_url) == (5000, "127.0.0.1", None)
    assert settings.database_dir == Path("var/postgresql")


def test_every_setting_is_read_by_its_name_in_capitals():
    examples: dict[Any, tuple[str, Any]] = {int: ("77", 77), Path: ("/data", Path("/data"))}
    for field in fields(Settings):
        text, value = examples.get(field.type, ("text", "text"))
        if field.name in {"database_url", "database_listen_url", "database_replica_url"}:
            text, value = "postgres://a@b/c", "postgresql+psycopg2://a@b/c"
        known = {"log_level": "DEBUG", "smtp_security": "tls", "frontend_url": "https://x", "mail_from": "a@b"}
        known["log_format"] = "json"
        known |= {"rate_limit_storage": "redis://a/1", "trusted_proxies": "10.0.0.0/8, ::1"}
        if field.name in known:
            text = value = known[field.name]
        assert getattr(Settings.from_environment({field.name.upper(): text}), field.name) == value
        assert Settings.from_environment({field.name.upper(): ""}) == Settings()


def test_the_readme_lists_every_setting():
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    assert [field.name.upper() for field in fields(Settings) if f"`{field.name.upper()}`" not in readme] == []


def test_other_peoples_variables_are_left_alone():
    assert Settings.from_environment({"PATH": "/bin", "port": "1"}) == Settings()


@pytest.mark.parametrize("text", ["x", "-1", "1.5", " 5", "٣", "1e3", "0x10", "0", "9" * 12])
def test_a_number_that_is_none(text: str):
    with pytest.raises(BadSetting, match=r"^PORT is .* must be a whole number from 1 to 1000000000\.$"):
        Settings.from_environment({"PORT": text})


def test_a_life_that_no_calendar_holds():
    with pytest.raises(BadSetting, match="REFRESH_TOKEN_DAYS"):
        Settings.from_environment({"REFRESH_TOKEN_DAYS": "99999999"})


def test_a_server_may_stop_at_once():
    assert Settings.from_environment({"DRAIN_SECONDS": "0"}).drain_seconds == 0
    with pytest.raises(BadSetting, match="whole number from 0 to"):
        Settings.from_environment({"DRAIN_SECONDS": "-1"})


def test_an_unknown_log_format():
    with pytest.raises(BadSetting, match="one of auto, json, text"):
        Settings.from_environment({"LOG_FORMAT": "xml"})


def test_an_unknown_log_level():
    with pytest.raises(BadSetting, match="one of DEBUG, INFO"):
        Settings.from_environment({"LOG_LEVEL": "chatty"})


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("SMTP_SECURITY", "ssl", "one of none, starttls, tls"),
        ("FRONTEND_URL", "events.example", "must start with http"),
        ("FRONTEND_URL", "https://x\nBcc: y", "must start with http"),
        ("MAIL_FROM", "nobody", "must be an address"),
        ("MAIL_FROM", "a@b\nBcc: c@d", "must be an address"),
        ("SMTP_PORT", "smtp", "must be a whole number"),
    ],
)
def test_mail_settings_that_cannot_be_used(name: str, text: str, sentence: str):
    with pytest.raises(BadSetting, match=rf"^{name} is .*{sentence}"):
        Settings.from_environment({name: text})


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.example", "10.0.0.300", "::1, *", "10.0.0.1:80"])
def test_proxies_that_are_no_addresses(text: str):
    with pytest.raises(BadSetting, match=r"^TRUSTED_PROXIES is .* must be addresses or networks"):
        Settings.from_environment({"TRUSTED_PROXIES": text})


def test_nothing_is_counted_where_nobody_can_count():
    with pytest.raises(BadSetting, match=r"^RATE_LIMIT_STORAGE must be memory"):
        Settings.from_environment({"RATE_LIMIT_STORAGE": "memcached://localhost"})


def test_pages_follow_the_web_apps_address():
    assert Settings.from_environment({"FRONTEND_URL": "https://x/app/"}).frontend_url == "https://x/app"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_the_ways_to_write_a_database_url(scheme: str):
    settings = Settings.from_environment({"DATABASE_URL": f"{scheme}://me:secret@db:5432/events?sslmode=require"})
    assert settings.required_database_url() == "postgresql+psycopg2://me:secret@db:5432/events?sslmode=require"


@pytest.mark.parametrize(
    "url", ["sqlite:///x.db", "mysql://a/b", "postgresql", "localhost:5432", "postgresql+asyncpg://a"]
)
def test_databases_that_are_not_ours(url: str):
    with pytest.raises(BadSetting, match="PostgreSQL only"):
        Settings.from_environment({"DATABASE_URL": url})


@pytest.mark.parametrize(("threads", "places"), [(1, 0), (2, 1), (4, 1), (8, 2), (20, 5)])
def test_streams_take_a_quarter_of_the_threads_and_never_the_last(threads: int, places: int):
    assert Settings(threads=threads).stream_places == places


def test_without_a_database_the_application_says_so():
    with pytest.raises(BadSetting, match="set DATABASE_URL"):
        create_app(Settings())


def test_what_the_application_gets():
    settings = Settings(
        secret_key="key",
        threads=7,
        lock_timeout_ms=11,
        statement_timeout_ms=22,
        access_token_minutes=3,
        refresh_token_days=4,
        max_body_bytes=5,
        order_expiry_minutes=6,
    )
    config: dict[str, Any] = settings.flask_config("postgresql+psycopg2://x/y")
    assert config["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg2://x/y"
    engine = config["SQLALCHEMY_ENGINE_OPTIONS"]
    assert engine["pool_size"] == 7
    assert "-c lock_timeout=11 -c statement_timeout=22" in engine["connect_args"]["options"]
    assert config["JWT_SECRET_KEY"] == "key"
    assert config["JWT_ACCESS_TOKEN_EXPIRES"] == timedelta(minutes=3)
    assert config["JWT_REFRESH_TOKEN_EXPIRES"] == timedelta(days=4)
    assert config["MAX_CONTENT_LENGTH"] == 5
    assert settings.order_expiry == timedelta(minutes=6)


def test_a_secret_key_is_made_once_and_kept(tmp_path: Path):
    folder = tmp_path / "new" / "data"
    key = kept_secret_key(folder)
    assert len(key) == 64
    assert kept_secret_key(folder) == key
    assert [path.name for path in folder.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert kept_secret_key(tmp_path / "other") != key


def test_processes_that_start_together_make_one_key(tmp_path: Path):
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: kept_secret_key(tmp_path), range(64)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
