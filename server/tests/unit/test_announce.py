from dataclasses import replace
from pathlib import Path

from threadline_server.announce import announcement
from threadline_server.credentials import Credentials
from threadline_server.settings import Settings

SETTINGS = Settings(data_dir=Path("/data"))


def test_the_announcement_has_the_login_link_and_a_block_to_paste():
    credentials = Credentials("default", "pk_12345678", "http://127.0.0.1:4318")
    assert (
        announcement(SETTINGS, credentials, "once")
        == """
  Dashboard   http://127.0.0.1:4318/login#token=once
              (signs one browser in, within the hour)
  Project     default
  Data        /data

Send OpenTelemetry traces and logs here:

export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20pk_12345678"
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf

(OTLP over gRPC: OTEL_EXPORTER_OTLP_PROTOCOL=grpc and OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317)

or use the Threadline SDK:

export THREADLINE_DSN=http://pk_12345678@127.0.0.1:4318/default
"""
    )


def test_a_key_that_is_not_kept_is_not_made_up():
    lines = announcement(SETTINGS, None, "once").splitlines()
    assert [line for line in lines if "pk_" in line] == [
        'export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20pk_..."',
        "export THREADLINE_DSN=http://pk_...@127.0.0.1:4318/default",
        "The key is not kept here; put yours for pk_..., or make one: threadline keys create",
    ]


def test_that_authentication_is_off_is_said_loudly():
    settings = Settings(data_dir=Path("/data"), insecure_no_auth=True)
    lines = announcement(settings, None, None).splitlines()
    assert lines[1] == "  Dashboard   http://127.0.0.1:4318"
    assert lines[-1] == "Authentication is OFF: every program on this machine can read and change all data."


def test_without_grpc_the_announcement_does_not_offer_it():
    text = announcement(replace(SETTINGS, grpc_port=0), None, None)
    assert "gRPC" not in text
    assert "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf" in text
