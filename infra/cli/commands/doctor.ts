import type { Command } from "commander";
import { type Config, ConfigError } from "../../runtime/config/config.ts";
import { loadProcessConfig } from "../load-process-config.ts";
import { addCommand, type CommandOptions } from "../run-command.ts";

export function addDoctorCommand(program: Command): void {
  addCommand(program, {
    name: "doctor",
    description:
      "Checks the settings and every service: version, reachability, what is missing and how to fix it.",
  }).action(async (options: CommandOptions) => {
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    const { printDoctor } = await import("../doctor/print-doctor.ts");
    const report = await runDoctor(readConfig());
    printDoctor(report, options);
    process.exitCode = report.ok ? 0 : 1;
  });
}

/** A wrong configuration is a finding of the doctor. */
function readConfig(): Config | ConfigError {
  try {
    return loadProcessConfig();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
