"""How fast, how large, how safe: measurements that anybody can repeat. Not part of an installation."""
