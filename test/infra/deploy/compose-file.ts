import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";

const words = z.array(z.string());

/** What the checks look at; the file holds more. */
const SERVICE = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  command: words.default([]),
  entrypoint: words.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: words.default([]),
  volumes: words.default([]),
  tmpfs: words.default([]),
  depends_on: z
    .record(z.string(), z.object({ condition: z.string(), required: z.boolean().default(true) }))
    .default({}),
  healthcheck: z.object({ test: words.default([]), disable: z.boolean().optional() }).optional(),
  profiles: words.default([]),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  init: z.boolean().optional(),
  cpu_shares: z.int().optional(),
  cap_drop: words.default([]),
  security_opt: words.default([]),
  restart: z.enum(["no", "unless-stopped"]),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
});
const COMPOSE = z.object({
  services: z.record(z.string(), SERVICE),
  volumes: z.record(z.string(), z.null()),
});
export type Service = z.infer<typeof SERVICE>;

export const fromRoot = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
export const readText = (path: string): string => readFileSync(fromRoot(path), "utf8");
export const exists = (path: string): boolean => existsSync(fromRoot(path));

export const composeText = readText("docker-compose.yml");
const compose = COMPOSE.parse(parse(composeText, { merge: true }));
export const volumes = Object.keys(compose.volumes);
export const services = Object.entries(compose.services);

/** Processes of ours, which are made of the one image. */
export const parleyServices = services.filter(([, service]) => service.build !== undefined);

/** A step that ends, on whose end others wait. */
export const isOneShot = ({ restart }: Service): boolean => restart === "no";

export function serviceOf(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`);
  return found;
}

const PACKAGE = z.object({ version: z.string(), scripts: z.record(z.string(), z.string()) });
export const packageFile = PACKAGE.parse(JSON.parse(readText("package.json")));
