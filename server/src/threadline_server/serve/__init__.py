"""The HTTP surface: who may ask (auth), what is asked (the routes), and how failures are told (problems)."""
