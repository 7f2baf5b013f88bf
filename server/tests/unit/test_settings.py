from pathlib import Path

import pytest

from threadline_server.errors import StartupError
from threadline_server.settings import SETTINGS, Settings, is_loopback, load


def test_without_arguments_and_environment_the_defaults_hold(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert load({}, {}) == Settings(
        host="127.0.0.1",
        port=4318,
        grpc_port=4317,
        data_dir=Path("/somewhere/.threadline"),
        store="chdb:///somewhere/.threadline/store",
        api_key=None,
        insecure_no_auth=False,
        allowed_hosts=(),
        public_url=None,
        max_body_bytes=20 * 1024 * 1024,
        decode_workers=None,
        allow_private_webhooks=False,
        oidc_issuer=None,
        oidc_client_id=None,
        oidc_client_secret=None,
        log_level="info",
    )


def test_every_setting_can_come_from_the_environment():
    environment = {
        "THREADLINE_HOST": "::1",
        "THREADLINE_PORT": "1",
        "THREADLINE_GRPC_PORT": "2",
        "THREADLINE_DATA_DIR": "/data",
        "THREADLINE_STORE": "clickhouse://somewhere/db",
        "THREADLINE_DATABASE": "postgresql://somewhere/db",
        "THREADLINE_API_KEY": "pk_12345678",
        "THREADLINE_INSECURE_NO_AUTH": "yes",
        "THREADLINE_ALLOWED_HOSTS": "One.example, two.example,",
        "THREADLINE_PUBLIC_URL": "https://threadline.example/",
        "THREADLINE_MAX_BODY_BYTES": "5",
        "THREADLINE_DECODE_WORKERS": "3",
        "THREADLINE_ALLOW_PRIVATE_WEBHOOKS": "on",
        "THREADLINE_OIDC_ISSUER": "https://id.example/",
        "THREADLINE_OIDC_CLIENT_ID": "threadline",
        "THREADLINE_OIDC_CLIENT_SECRET": "secret",
        "THREADLINE_TLS_CERT": __file__,
        "THREADLINE_TLS_KEY": __file__,
        "THREADLINE_OTLP_ENDPOINT": "http://collector.example:4318/",
        "THREADLINE_OTLP_HEADERS": "a=b",
        "THREADLINE_LOG_FORMAT": "JSON",
        "THREADLINE_LOG_LEVEL": "DEBUG",
    }
    assert set(environment) == {setting.variable for setting in SETTINGS.values()}
    assert load({}, environment) == Settings(
        host="::1",
        port=1,
        grpc_port=2,
        data_dir=Path("/data"),
        store="clickhouse://somewhere/db",
        database="postgresql://somewhere/db",
        api_key="pk_12345678",
        insecure_no_auth=True,
        allowed_hosts=("one.example", "two.example"),
        public_url="https://threadline.example",
        max_body_bytes=5,
        decode_workers=3,
        allow_private_webhooks=True,
        oidc_issuer="https://id.example",
        oidc_client_id="threadline",
        oidc_client_secret="secret",
        tls_cert=Path(__file__),
        tls_key=Path(__file__),
        otlp_endpoint="http://collector.example:4318",
        otlp_headers="a=b",
        log_format="json",
        log_level="debug",
    )


def test_an_argument_wins_over_the_environment():
    assert load({"port": "5"}, {"THREADLINE_PORT": "6"}).port == 5


@pytest.mark.parametrize("argument", [None, ""])
def test_an_empty_argument_or_variable_counts_as_not_given(argument):
    assert load({"host": argument}, {"THREADLINE_HOST": "::1"}).host == "::1"
    assert load({"host": argument}, {"THREADLINE_HOST": ""}).host == "127.0.0.1"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("port", "http", "cannot use 'http' for --port (THREADLINE_PORT): not a whole number"),
        ("port", "-1", "cannot use '-1' for --port (THREADLINE_PORT): not a whole number"),
        ("port", "0", "cannot use '0' for --port (THREADLINE_PORT): not a port between 1 and 65535"),
        ("grpc_port", "65536", "cannot use '65536' for --grpc-port (THREADLINE_GRPC_PORT): not a port between 1 and 65535"),
        ("max_body_bytes", "0", "cannot use '0' for --max-body-bytes (THREADLINE_MAX_BODY_BYTES): not a number of bytes greater than 0"),
        ("decode_workers", "65", "cannot use '65' for --decode-workers (THREADLINE_DECODE_WORKERS): more than 64"),
        ("insecure_no_auth", "perhaps", "cannot use 'perhaps' for --insecure-no-auth (THREADLINE_INSECURE_NO_AUTH): not one of true, false"),
        ("log_level", "loud", "cannot use 'loud' for --log-level (THREADLINE_LOG_LEVEL): not one of debug, info, warning, error"),
        ("public_url", "here", "cannot use 'here' for --public-url (THREADLINE_PUBLIC_URL): does not start with http:// or https://"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_read_is_named_with_its_setting(name, value, reason):
    with pytest.raises(StartupError) as refusal:
        load({name: value}, {})
    assert refusal.value.message == reason


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "threadline.example", "127.0.0.1.example"])
def test_an_address_that_others_can_reach_is_refused_without_authentication(host):
    with pytest.raises(StartupError) as refusal:
        Settings(host=host, insecure_no_auth=True)
    assert refusal.value.message == (
        f"cannot listen on {host} without authentication: anybody on the network could read all data"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
def test_authentication_can_be_off_on_a_loopback_address(host):
    assert is_loopback(host)
    assert Settings(host=host, insecure_no_auth=True).insecure_no_auth


@pytest.mark.parametrize(
    ("settings", "endpoint"),
    [
        (Settings(), "http://127.0.0.1:4318"),
        (Settings(host="0.0.0.0", port=80), "http://127.0.0.1:80"),
        (Settings(host="::"), "http://[::1]:4318"),
        (Settings(host="10.0.0.7"), "http://10.0.0.7:4318"),
        (Settings(public_url="https://threadline.example"), "https://threadline.example"),
    ],
)
def test_the_endpoint_is_an_address_that_a_client_can_call(settings, endpoint):
    assert settings.endpoint == endpoint


def test_the_key_is_not_in_the_text_of_the_settings():
    assert "pk_12345678" not in repr(Settings(api_key="pk_12345678"))
