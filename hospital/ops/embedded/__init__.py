"""PostgreSQL from a Python wheel, for machines that have none.

As a Django database engine it starts the server on the first connection and not
before, so that commands without a database (lint, replay) leave it alone.
"""
