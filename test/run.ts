import { startVitest } from "vitest/node";

/**
 * `npm test [-- filter…]`: the static checks' boundaries and every test on real servers. The last line is for scripts; a run in which
 * nothing was executed, or that broke outside a test, has failed too.
 */
const vitest = await startVitest("test", process.argv.slice(2), { watch: false, run: true });
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const count = (state: string) => tests.filter((test) => test.result().state === state).length;
const brokenModules = vitest.state.getTestModules().filter((module) => module.errors().length > 0).length;
const failed = count("failed") + brokenModules + vitest.state.getUnhandledErrors().length;
const passed = count("passed");
await vitest.close();
process.stdout.write(`${passed} passed, ${passed === 0 && failed === 0 ? 1 : failed} failed\n`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
