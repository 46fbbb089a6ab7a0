import { CommanderError } from "commander";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../../infra/cli/program.ts";
import { CONFIG_SCHEMA } from "../../../infra/runtime/config/config-schema.ts";
import {
  composeText,
  isOneShot,
  exists,
  parleyServices,
  packageFile,
  readText,
  serviceOf,
  services,
  volumes,
} from "./compose-file.ts";

/** Passwords of the other servers; the top of the file says how to create them. */
const SERVER_PASSWORDS = ["DATABASE_PASSWORD", "TEMPORAL_DATABASE_PASSWORD"];
const names = services.map(([name]) => name);
const settings = Object.keys(CONFIG_SCHEMA.shape);

describe("docker-compose.yml", () => {
  it.each(services)("pins the image of %s to a version", (_name, { image }) => {
    expect(image).toMatch(/^[a-z/-]+:\d+(\.\d+)*(-[a-z]+)?$/);
  });

  it("calls our image by the version of the package", () => {
    expect(new Set(parleyServices.map(([, { image }]) => image))).toEqual(
      new Set([`parley:${packageFile.version}`]),
    );
  });

  it.each(services)("lets %s wait only for what can happen", (_name, { depends_on: waits }) => {
    for (const [other, { condition, required }] of Object.entries(waits)) {
      expect(names).toContain(other);
      const service = serviceOf(other);
      expect(condition).toBe(isOneShot(service) ? "service_completed_successfully" : "service_healthy");
      if (service.profiles.length > 0) expect(required).toBe(false);
    }
  });

  it.each(services.filter(([, service]) => !isOneShot(service)))(
    "checks the health of %s",
    (_name, { healthcheck, build, command }) => {
      // The image brings the check of the api along, and it would fail for every other command.
      const isTheApi = build !== undefined && command[0] === "api";
      expect(isTheApi ? ["of the image"] : (healthcheck?.test ?? []).slice(1)).not.toEqual([]);
    },
  );

  it("gives ingress and database more CPU than the other services", () => {
    const first = services
      .filter(([, { cpu_shares: shares = 1_024 }]) => shares > 1_024)
      .map(([name]) => name);
    expect(first.toSorted()).toEqual(["api", "postgres"]);
  });

  it.each(services)("publishes ports of %s on loopback alone", (_name, { ports }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it.each(services)("has no secret of %s in it", (_name, { environment }) => {
    for (const [variable, value] of Object.entries(environment)) {
      if (/KEY|PASSWORD|PWD|SECRET|TOKEN/.test(variable)) expect(value).toMatch(/^(\$\{\w+(:\?[^}]+)?\})?$/);
      expect(value).not.toMatch(/:\/\/[^/$]*:[^$/]*@/);
    }
  });

  it("requires only our settings and the passwords that it explains how to create", () => {
    const example = Object.keys(parseEnv(readText(".env.example")));
    const asked = [...composeText.matchAll(/\$\{(\w+)/g)].map((match) => match[1] ?? "");
    expect([...new Set(asked)].filter((name) => !example.includes(name)).toSorted()).toEqual(
      SERVER_PASSWORDS,
    );
    expect(composeText.slice(0, composeText.indexOf("\nname:"))).toContain(SERVER_PASSWORDS.join(" "));
  });

  it.each(services)("mounts into %s only what is there", (_name, { volumes: mounts }) => {
    for (const source of mounts.map((mount) => mount.split(":")[0] ?? "")) {
      expect(source.startsWith("./") ? exists(source) : volumes.includes(source), source).toBe(true);
    }
  });

  it("runs our processes without rights and with time to finish", () => {
    const graceMs = CONFIG_SCHEMA.shape.SHUTDOWN_GRACE_MS.parse(undefined);
    for (const [name, service] of parleyServices) {
      expect(service, name).toMatchObject({ user: "1000:1000", read_only: true, init: true });
      expect(service, name).toMatchObject({
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
        // Without exec the bundler cannot load its native part, and no worker starts.
        tmpfs: ["/tmp:exec"],
      });
      expect(Number.parseInt(service.stop_grace_period ?? "", 10) * 1000, name).toBeGreaterThan(graceMs);
    }
  });

  it.each(parleyServices.filter(([, { entrypoint }]) => entrypoint === undefined))(
    "starts %s by a command that exists, with settings that exist",
    async (_name, { command, environment }) => {
      await expect(runContainer(command)).resolves.toBe(command[0]);
      const unknown = Object.keys(environment).filter((name) => !settings.includes(name));
      // They reach the container with the rest of .env and are blotted out.
      expect(unknown.toSorted()).toEqual(SERVER_PASSWORDS);
      for (const name of unknown) expect(environment[name]).toBe("");
    },
  );

  it("serves every queue", () => {
    const served = parleyServices.flatMap(([, { command }]) =>
      command[0] === "worker" ? command.slice(2) : [],
    );
    expect(served.toSorted()).toEqual(["batch", "delivery", "main", "model"]);
  });

  it("gives roles.sql the passwords that it reads", () => {
    const read = [...readText("infra/deploy/docker/roles.sql").matchAll(/^\\getenv \w+ (\w+)$/gm)].map(
      ([, v]) => v,
    );
    expect(read).toHaveLength(2);
    expect(Object.keys(serviceOf("postgres").environment)).toEqual(expect.arrayContaining(read));
  });
});

/** The command that our command line would run, with its own parser; the command itself is left out. */
async function runContainer(args: readonly string[]): Promise<string> {
  const program = createProgram((code) => {
    throw new Error(`parley ends with exit code ${code}`);
  }).configureOutput({ writeErr: () => undefined });
  const ran: string[] = [];
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    command.action(() => void ran.push(command.name()));
  }
  await program.parseAsync([...args], { from: "user" }).catch((error: unknown) => {
    throw error instanceof CommanderError ? new Error(error.message) : error;
  });
  return ran.join();
}
