"""Recordings of real patients, read and played through the device endpoint."""
