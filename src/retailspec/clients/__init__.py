"""Judging somebody else's exchanges: a client's calls, recorded traffic, a proxy's."""
