-- The wrapped keys have a database of their own, so that no backup of the main one holds them.
CREATE DATABASE rientro_keys OWNER rientro;
