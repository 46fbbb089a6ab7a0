-- Run once by the postgres image, on an empty volume. Parley and Temporal get a role and databases of their own, and neither
-- may so much as connect to the other's.
\getenv parley_password PARLEY_PASSWORD
\getenv temporal_password TEMPORAL_PASSWORD
CREATE ROLE parley LOGIN PASSWORD :'parley_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE parley OWNER parley;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE parley, temporal, temporal_visibility FROM PUBLIC;
-- From here on the superuser comes in by the container's own socket alone.
ALTER ROLE postgres PASSWORD NULL;
