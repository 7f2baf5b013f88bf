"""Backup and restore of a data directory, while its server runs or not.

What the engine keeps never changes once it is written, so a *snapshot* is links to its files, made in a moment by whoever
holds the data directory (``snapshot``; a running server on request: ``desk``). The command copies them at its leisure, with
their checksums (``archive``), and ``restoring`` makes a data directory of them again.
"""
