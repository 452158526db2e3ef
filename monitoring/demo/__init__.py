"""The demo hospital: invented wards, staff, patients and simulated monitors.

It stands in the topmost room because it needs all others (decision 0003). It is
built once, in an empty database, which is marked for good; nothing here ever
touches a database with anything in it.
"""
