import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  DYNAMIC_CONFIG_FILE,
  readDynamicConfig,
  readServerEnvironment,
} from "../../../../infra/sandbox/services/temporal-settings.ts";

describe("Temporal's configuration", () => {
  it("gives the development server every value of the file that docker-compose.yml mounts", () => {
    const file = parse(readFileSync(DYNAMIC_CONFIG_FILE, "utf8")) as Record<string, { value: unknown }[]>;
    const written = Object.entries(file).map(([key, [first]]) => [key, String(first?.value)]);
    expect(written.length).toBeGreaterThan(10);
    expect(readDynamicConfig()).toEqual(written);
  });

  it("is what docker-compose.yml gives to its server", () => {
    const { services } = parse(readFileSync("docker-compose.yml", "utf8")) as {
      services: { temporal: { env_file: string; environment: Record<string, string>; volumes: string[] } };
    };
    const { env_file: file, environment, volumes } = services.temporal;
    expect(file).toBe("infra/deploy/temporal/server.env");
    expect(volumes).toContain("./infra/deploy/temporal/dynamic-config.yaml:/etc/temporal/parley.yaml:ro");
    expect(environment["DYNAMIC_CONFIG_FILE_PATH"]).toBe("/etc/temporal/parley.yaml");
    // A setting in both places would be measured with one value and run with the other.
    expect(Object.keys(readServerEnvironment()).filter((name) => name in environment)).toEqual([]);
  });

  it("names the database and the number of shards, which are fixed for ever by the first start", () => {
    expect(readServerEnvironment()).toMatchObject({ DB: "postgres12_pgx", NUM_HISTORY_SHARDS: "128" });
  });
});
