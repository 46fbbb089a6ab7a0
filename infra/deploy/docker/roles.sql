-- The postgres image runs this once, on an empty volume. Parley and Temporal each get a role and databases, and cannot connect to the
-- databases of the other.
\getenv parley_password PARLEY_PASSWORD
\getenv temporal_password TEMPORAL_PASSWORD
CREATE ROLE parley LOGIN PASSWORD :'parley_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE parley OWNER parley;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE parley, temporal, temporal_visibility FROM PUBLIC;
-- From now on the superuser can connect only through the container's socket.
ALTER ROLE postgres PASSWORD NULL;
