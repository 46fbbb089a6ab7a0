ALTER TABLE "contact_aliases" DROP CONSTRAINT "contact_aliases_tenant_id_channel_address_hash_pk";--> statement-breakpoint
ALTER TABLE "contact_aliases" ADD CONSTRAINT "contact_aliases_tenant_id_channel_address_hash_contact_id_pk" PRIMARY KEY("tenant_id","channel","address_hash","contact_id");--> statement-breakpoint
-- In plpgsql, which keeps its plans: the gate of each send asks. A plan from the time of an empty table must use the indexes too.
-- The contacts of the person with this address: those that have it, as their own address or as an alias, those that an operator linked
-- with them on this channel, and those that share any other address with one of them.
CREATE FUNCTION person_contacts(of_tenant text, on_channel text, given_hash bytea) RETURNS SETOF uuid LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$ BEGIN RETURN QUERY
  WITH direct AS (
    SELECT c.id FROM contacts c WHERE c.tenant_id = of_tenant AND c.channel = on_channel AND c.address_hash = given_hash
    UNION SELECT a.contact_id FROM contact_aliases a
      WHERE a.tenant_id = of_tenant AND a.channel = on_channel AND a.address_hash = given_hash
  ), linked AS (
    SELECT id FROM direct
    UNION SELECT o.id FROM direct JOIN contacts me ON me.id = direct.id JOIN contacts o
      ON o.link_id = me.link_id AND o.tenant_id = of_tenant AND o.channel = on_channel
  ), addresses AS (
    SELECT c.address_hash FROM linked JOIN contacts c ON c.id = linked.id
    UNION SELECT a.address_hash FROM linked JOIN contact_aliases a ON a.contact_id = linked.id
  )
  SELECT id FROM linked
  UNION SELECT c.id FROM addresses s JOIN contacts c
    ON c.tenant_id = of_tenant AND c.channel = on_channel AND c.address_hash = s.address_hash
  UNION SELECT a.contact_id FROM addresses s JOIN contact_aliases a
    ON a.tenant_id = of_tenant AND a.channel = on_channel AND a.address_hash = s.address_hash;
END $$;
--> statement-breakpoint
-- All addresses of that person, as hashes, with this one. A contact may be erased while its opt-out stays.
CREATE FUNCTION person_addresses(of_tenant text, on_channel text, given_hash bytea) RETURNS SETOF bytea LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$ BEGIN RETURN QUERY
  WITH people AS (SELECT person_contacts(of_tenant, on_channel, given_hash) AS id)
  SELECT given_hash
  UNION SELECT c.address_hash FROM people JOIN contacts c ON c.id = people.id
  UNION SELECT a.address_hash FROM people JOIN contact_aliases a ON a.contact_id = people.id;
END $$;
