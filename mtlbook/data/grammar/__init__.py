"""The grammar behind :mod:`mtlbook.data.toy_language`, from words up to sentences."""
