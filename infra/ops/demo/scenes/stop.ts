import type { Scene } from "./scene.ts";

export const stop: Scene = {
  name: "stop",
  title: "STOP by WhatsApp: confirmed once, and the question after it stays unanswered.",
  async play(stage) {
    const person = await stage.meet("whatsapp");
    await stage.endOf(await stage.say(person, "STOP"));
    const confirmed = await stage.heardBy(person, 1);
    const asked = await stage.endOf(await stage.say(person, "do you rent e-bikes?"));
    const heard = await stage.heardBy(person, 1);
    const isSilent = asked.state === "suppressed" && asked.reason === "opted_out";
    if (confirmed.length === 1 && heard.length === 1 && isSilent) return null;
    return `${heard.length} texts arrived, the question ended as ${asked.state} (${asked.reason ?? "no reason"})`;
  },
};
