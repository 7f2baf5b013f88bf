from threadline._notices import Notices


def test_a_subject_is_logged_once_a_minute(caplog):
    now = 0.0
    notices = Notices(monotonic=lambda: now)
    for now in (0.0, 59.9, 60.0, 119.9):  # read by the clock above
        notices.warn("retry", f"at {now}")
        notices.warn("other", f"other at {now}")
    assert caplog.messages == ["at 0.0", "other at 0.0", "at 60.0", "other at 60.0"]


def test_a_percent_sign_is_just_a_character(caplog):
    Notices().warn("subject", "100 %s")
    assert caplog.messages == ["100 %s"]
