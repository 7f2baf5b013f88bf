"""The pipe: receive -> decode -> normalise -> price -> commit -> (store: roll up).

``Intake.take`` runs one request's body through it; ``Intake.take_parts`` does for wires that tell of a span in several messages,
which are kept as they came and made into spans anew (``merge``). From ``RawSpan`` on, a step returns the next value or a ``Drop``, and
received = stored + dropped always holds (law 7): every drop is reported to the sender and counted by its reason.

Nothing is imported here: what decodes beside the server (``workers``) does without the engine and the roll-up.
"""
