"""A crowd at the door, to be let loose on a running server before a real one comes: ``manage.py simulate-door``.

It is a client like the phones at the door. It knows the server by HTTP and docs/api.md, and imports nothing of it, so
that what it believes to be true is believed twice.
"""
