-- The words of a chunk, each with its tenant, so that one index finds the chunks of one tenant with a word. Its cost keeps the planner from
-- reading the whole table.
CREATE FUNCTION tenant_words(tenant text, words tsvector) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100 AS $$
  SELECT ARRAY(SELECT tenant || '/' || word FROM pg_catalog.unnest(pg_catalog.tsvector_to_array(words)) AS word)
$$;
