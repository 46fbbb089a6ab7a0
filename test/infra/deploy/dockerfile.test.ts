import { describe, expect, it } from "vitest";
import { exists, readText } from "./compose-file.ts";

interface Instruction {
  word: string;
  rest: string;
}

/** The words that BuildKit knows and that we have a use for. */
const WORDS = "FROM ARG ENV LABEL WORKDIR COPY RUN USER EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD".split(
  " ",
);

const instructions = instructionsOf(readText("infra/deploy/docker/Dockerfile"));
const last = instructions.findLastIndex(({ word }) => word === "FROM");
const image = instructions.slice(last);
const ignored = readText(".dockerignore").split("\n");

describe("infra/deploy/docker/Dockerfile", () => {
  it("holds known instructions, each with an argument", () => {
    for (const { word, rest } of instructions) {
      expect(WORDS).toContain(word);
      expect(rest).not.toBe("");
    }
  });

  it("uses the version of Node in .nvmrc, on Debian", () => {
    const major = readText(".nvmrc").trim();
    for (const { rest } of instructions.filter(({ word }) => word === "FROM"))
      expect(rest.split(" ")[0]).toBe(`node:${major}-bookworm-slim`);
  });

  it("leaves development packages and install scripts out", () => {
    const installs = instructions.filter(({ word, rest }) => word === "RUN" && rest.includes("npm "));
    expect(installs).toHaveLength(1);
    expect(installs[0]?.rest).toMatch(/npm ci --omit=dev --ignore-scripts/);
  });

  it("ends as a user by number that is not root, after everything was put in", () => {
    const user = image.findLastIndex(({ word }) => word === "USER");
    expect(image[user]?.rest).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(image.slice(user).map(({ word }) => word)).not.toEqual(expect.arrayContaining(["COPY"]));
    expect(image.slice(user).map(({ word }) => word)).not.toEqual(expect.arrayContaining(["RUN"]));
  });

  it.each(["ENTRYPOINT", "CMD"])("gives %s as a list, so that signals reach Node and no shell", (word) => {
    const list: unknown = JSON.parse(getOnly(word));
    expect(list).toEqual(word === "CMD" ? ["api"] : ["node", "infra/cli/parley.ts"]);
  });

  it("is stopped by SIGTERM and asked for its health at /livez", () => {
    expect(getOnly("STOPSIGNAL")).toBe("SIGTERM");
    const [, command = ""] = getOnly("HEALTHCHECK").split(/\bCMD /);
    expect(JSON.parse(command)).toEqual(["node", "-e", expect.stringContaining("/livez")]);
  });

  it("labels the image with title, licence, version and revision", () => {
    for (const name of ["title", "description", "licenses", "version", "revision"])
      expect(getOnly("LABEL")).toContain(`org.opencontainers.image.${name}="`);
  });

  it("copies only what is there and what .dockerignore lets in", () => {
    for (const { rest } of instructions.filter(({ word }) => word === "COPY")) {
      if (rest.startsWith("--from=")) continue;
      for (const source of rest.split(" ").slice(0, -1)) {
        expect(exists(source), source).toBe(true);
        expect(ignored).toContain(`!${source}`);
      }
    }
  });

  it("keeps every other file of the folder out of the build", () => {
    expect(ignored.find((line) => line !== "" && !line.startsWith("#"))).toBe("*");
    expect(ignored).toContain("**/.env*");
  });
});

function getOnly(word: string): string {
  const found = image.filter((instruction) => instruction.word === word);
  expect(found, word).toHaveLength(1);
  return found[0]?.rest ?? "";
}

/** One entry per instruction: comments left out, continued lines joined. */
function instructionsOf(text: string): Instruction[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [word = "", ...rest] = line.trim().split(" ");
      return { word, rest: rest.join(" ") };
    });
}
