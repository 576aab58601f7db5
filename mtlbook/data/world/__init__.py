"""The world behind :mod:`mtlbook.data.toy_reading`: names, facts, and how they are told."""
