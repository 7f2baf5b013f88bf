"""What ``threadline.openai`` and ``threadline.anthropic`` share: recording the calls that one client makes.

Both libraries come from one generator: every call of theirs is a ``client.request(cast_to, options, stream=...)``, whose
options hold what goes over the wire. That one method is recorded, on the client that was wrapped and on what is
copied from it, so that every helper of theirs is (``parse``, ``stream``, ``with_raw_response``, ...).
"""
