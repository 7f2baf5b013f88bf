import pytest

from threadline import ConfigurationError
from threadline._config import Config, resolve

NOTHING = dict.fromkeys(("dsn", "api_key", "endpoint", "environment", "release", "service_name"))
DSN = "http://pk_a@example.test:4318/default"


def given(**arguments):
    return resolve({**NOTHING, **arguments}, {})


def test_a_dsn_is_all_that_is_needed():
    assert given(dsn=DSN) == Config("http://example.test:4318", "pk_a", None, None, "unknown_service:python")


def test_a_key_alone_means_the_local_server():
    assert given(api_key="pk_a").endpoint == "http://127.0.0.1:4318"


@pytest.mark.parametrize(
    ("dsn", "endpoint"),
    [
        ("https://pk_a@example.test/default", "https://example.test"),
        ("http://pk_a@example.test", "http://example.test"),
        ("http://pk_a@[::1]:4318/default/", "http://[::1]:4318"),
        ("https://pk_a@example.test/behind/a/proxy/default", "https://example.test/behind/a/proxy"),
    ],
)
def test_the_last_part_of_the_path_is_the_project_and_the_rest_is_the_address(dsn, endpoint):
    assert given(dsn=dsn).endpoint == endpoint


def test_arguments_win_over_the_environment_and_single_facts_over_the_dsn():
    environ = {
        "THREADLINE_DSN": "http://pk_env@env.test/default",
        "THREADLINE_API_KEY": "pk_single",
        "THREADLINE_ENVIRONMENT": "staging",
        "THREADLINE_RELEASE": "1.2",
        "THREADLINE_SERVICE_NAME": "shop",
    }
    assert resolve(NOTHING, environ) == Config("http://env.test", "pk_single", "staging", "1.2", "shop")
    assert resolve({**NOTHING, "dsn": DSN, "environment": "production"}, environ) == Config(
        "http://example.test:4318", "pk_a", "production", "1.2", "shop"
    )
    assert resolve({**NOTHING, "endpoint": "http://arg.test/"}, environ).endpoint == "http://arg.test"


def test_empty_variables_count_as_absent():
    assert resolve({**NOTHING, "dsn": DSN}, {"THREADLINE_RELEASE": " "}).release is None


def test_a_malformed_dsn_in_the_environment_does_not_matter_beside_a_given_one():
    assert resolve({**NOTHING, "dsn": DSN}, {"THREADLINE_DSN": "nonsense"}).api_key == "pk_a"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "there is no API key; give dsn=... or set THREADLINE_DSN"),
        ({"dsn": "pk_a"}, "cannot read the DSN: it does not begin with http:// or https://"),
        ({"dsn": "ftp://pk_a@example.test/default"}, "cannot read the DSN: it does not begin with http:// or https://"),
        ({"dsn": "http://example.test/default"}, "cannot read the DSN: there is no API key before the @"),
        ({"dsn": "http://pk_a:secret@example.test/default"}, "cannot read the DSN: it holds a password"),
        ({"dsn": "http://pk_a@/default"}, "cannot read the DSN: there is no host"),
        ({"dsn": "http://pk_a@example.test:port/default"}, "cannot read the DSN: its host or port is malformed"),
        ({"dsn": "http://pk_a@example.test:99999/default"}, "cannot read the DSN: its host or port is malformed"),
        ({"dsn": "http://pk_a@example.test:0/default"}, "cannot read the DSN: there is no host or no usable port"),
        ({"dsn": "http://pk_a@[::1/default"}, "cannot read the DSN: its host or port is malformed"),
        ({"dsn": "http://pk_a@example.test/default?debug=1"}, "cannot read the DSN: nothing may follow ? or #"),
        ({"dsn": "http://pk_a@example.test/def ault"}, "cannot read the DSN: it holds spaces or special characters"),
        ({"dsn": "http://pk_a\n@example.test/default"}, "cannot read the DSN: it holds spaces or special characters"),
        ({"dsn": "http://sk-a@example.test/default"}, "cannot use the API key: it must begin with pk_"),
        ({"api_key": "pk_a\r\nX: y"}, "cannot use the API key: it must begin with pk_"),
        ({"api_key": "pk_a", "endpoint": "example.test"}, "cannot read the endpoint: it does not begin with http"),
        ({"api_key": "pk_a", "endpoint": "http://pk_b@example.test"}, "cannot read the endpoint: it holds a key"),
    ],
)
def test_what_cannot_work_is_said_without_repeating_the_key(arguments, message):
    with pytest.raises(ConfigurationError) as failure:
        given(**arguments)
    assert message in str(failure.value)
    assert not any(secret in str(failure.value) for secret in ("pk_a", "pk_b", "sk-a", "secret"))
