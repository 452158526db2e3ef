"""Devices that do not exist, posting like those that do. For demos and tests only.

Every number in here is a parameter of the demo. None is a clinical rule.
"""
