import { foldText } from "../plain-words.ts";
import type { Finding } from "./rule-language.ts";

/*
 * Wishes in scripts without rules of their own: phrases that a short message contains. Without spaces between words, or with many endings,
 * a phrase is more reliable than classes of words. They are compared as `foldText` writes them.
 */

interface ScriptPhrases {
  language: string;
  script: RegExp;
  phrases: string;
  /** With one of these the phrase means something else: a condition, a time, a report. */
  unless: string;
}

const SCRIPT_PHRASES: readonly ScriptPhrases[] = [
  {
    language: "ru",
    script: /\p{Script=Cyrillic}/u,
    phrases: `не пишите мне | не пиши мне | больше не пишите | больше не пиши | не присылайте | не присылай | не шлите | не отправляйте мне | отпишите меня | хочу отписаться | отписаться от | отпишите | удалите мой номер | удалите меня из
      | уберите меня из | уберите мой номер | хватит писать | хватит слать | хватит присылать | перестаньте писать | перестаньте присылать | перестаньте слать | перестаньте мне | прекратите писать | прекратите присылать | прекратите слать | прекратите рассылку
      | не беспокойте | оставьте меня в покое | оставь меня в покое | не хочу получать | отзываю согласие | отзываю свое согласие | не надо мне писать | не нужно мне писать | уберите из рассылки | удалите из рассылки | исключите меня | не звоните и не пишите
      | не пишіть мені | більше не пишіть | не надсилайте | відпишіть мене | видаліть мій номер | припиніть надсилати | залиште мене в спокої`,
    unless: `как отписаться | если | когда | пока не | почему не | заказ | до завтра`,
  },
  {
    language: "ar",
    script: /\p{Script=Arabic}/u,
    phrases: `توقف عن ارسال | توقفوا عن ارسال | اوقفوا ارسال | اوقف ارسال | اوقفوا الرسائل | اوقف الرسائل | لا ترسلوا | لا ترسل لي | لا ترسل الي | لا تراسلني | لا تراسلوني | لا اريد رسائل | لا اريد استقبال | لا اريد تلقي | لا اريد استلام | لا اريد المزيد
      | الغاء الاشتراك | الغ اشتراكي | الغوا اشتراكي | احذفوا رقمي | احذف رقمي | ازيلوا رقمي | لا تتصلوا بي | لا تتواصلوا معي | اتركوني وشاني | لا تزعجوني | توقفوا عن مراسلتي | توقف عن مراسلتي | اسحب موافقتي | پیام ندهید | پیام نفرستید | پیامک نفرستید | ارسال پیامک را قطع | لغو اشتراک`,
    unless: `كيف | اذا | متي | لماذا لا`,
  },
  {
    language: "he",
    script: /\p{Script=Hebrew}/u,
    phrases: `תפסיקו לשלוח | תפסיק לשלוח | תפסיקי לשלוח | אל תשלחו | אל תשלח לי | הסירו אותי | תסירו אותי | הסר אותי | נא להסיר | להסיר אותי | תמחקו אותי | תמחקו את המספר | לא רוצה לקבל | לא מעוניין לקבל | לא מעוניינת לקבל | תעזבו אותי | עזבו אותי | די לשלוח | הפסיקו לשלוח | מבטל את ההסכמה`,
    unless: `איך | אם | מתי | למה לא`,
  },
  {
    language: "hi",
    script: /\p{Script=Devanagari}/u,
    phrases: `मैसेज मत भेज | संदेश मत भेज | मत भेजो | मत भेजिए | मत भेजें | न भेजें | ना भेजें | नहीं चाहिए मैसेज | मैसेज नहीं चाहिए | संदेश नहीं चाहिए | मैसेज बंद | संदेश बंद | संदेश भेजना बंद | मैसेज भेजना बंद | भेजना बंद | एसएमएस बंद | मेरा नंबर हटा | मुझे परेशान मत | परेशान न करें | संपर्क मत कर | संपर्क न करें | सदस्यता रद्द | अनसब्सक्राइब`,
    unless: `कैसे | अगर | कब | क्यों नहीं`,
  },
  {
    language: "zh",
    script: /\p{Script=Han}/u,
    phrases: `不要再发 | 不要再發 | 别再发 | 別再發 | 不要给我发 | 不要給我發 | 别给我发 | 不要发短信 | 不要發短信 | 不要再给我 | 不要再給我 | 停止发送 | 停止發送 | 停止给我发 | 取消订阅 | 取消訂閱 | 退订 | 退訂 | 我要退订 | 不想收到 | 不想再收到 | 不希望收到 | 不再接收 | 拒收 | 别再联系 | 別再聯絡
      | 不要联系我 | 不要聯絡我 | 不要再联系 | 不要再聯絡 | 不要打扰 | 不要打擾 | 别打扰我 | 別打擾我 | 别烦我 | 別煩我 | 删除我的号码 | 刪除我的號碼 | 把我移除 | 从名单中删除 | 從名單中刪除 | 撤回同意 | 停止短信`,
    unless: `怎么 | 怎麼 | 如何 | 如果 | 为什么 | 為什麼 | 订单 | 訂單 | 吗 | 嗎`,
  },
  {
    language: "ja",
    script: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u,
    phrases: `送らないで | 送信しないで | 送信を止めて | 送信を停止 | 配信停止 | 配信を停止 | 配信を止めて | 配信を解除 | 配信解除 | 連絡しないで | 連絡を止めて | メッセージを止めて | メッセージを停止 | メッセージはいりません | メッセージは不要 | メッセージ不要 | メールしないで | 登録解除 | 登録を解除 | 購読解除 | 購読を解除 | 受信拒否 | 受け取りたくない | 受信したくない
      | もう送らない | もう連絡 | 番号を削除 | リストから削除 | リストから外して | 放っておいて | ほっといて | 同意を撤回 | 退会したい`,
    unless: `方法 | もし | どうやって | どうすれば | たら教えて`,
  },
  {
    language: "ko",
    script: /\p{Script=Hangul}/u,
    phrases: `보내지 마 | 보내지마 | 보내지 말 | 보내지말 | 연락하지 마 | 연락하지마 | 연락하지 말 | 문자하지 마 | 문자 그만 | 메시지 그만 | 그만 보내 | 그만보내 | 그만 연락 | 수신 거부 | 수신거부 | 구독 취소 | 구독취소 | 구독 해지 | 받고 싶지 않 | 받기 싫 | 받지 않겠 | 번호 삭제 | 번호를 삭제 | 목록에서 삭제 | 명단에서 삭제 | 귀찮게 하지 | 내버려 두 | 동의를 철회 | 동의 철회`,
    unless: `어떻게 | 만약 | 하면 | 방법 | 왜 안`,
  },
  {
    language: "el",
    script: /\p{Script=Greek}/u,
    phrases: `μη μου στελνετε | μην μου στελνετε | μη μου στελνεις | μην μου στελνεις | μην στελνετε | σταματηστε να μου στελνετε | σταματηστε να | σταματα να μου | δεν θελω αλλα μηνυματα | δεν θελω να λαμβανω | διαγραψτε με | διαγραψτε τον αριθμο | βγαλτε με απο | αφηστε με ησυχο | αφηστε με ησυχη | ανακαλω τη συγκαταθεση | μη με ενοχλειτε | μην επικοινωνειτε`,
    unless: `πως | αν | ποτε | γιατι δεν`,
  },
  {
    language: "th",
    script: /\p{Script=Thai}/u,
    phrases: `หยุดส่ง | อย่าส่ง | ไม่ต้องส่ง | เลิกส่ง | ยกเลิกการรับ | ยกเลิกรับ | ไม่อยากรับ | ไม่ต้องการรับ | อย่าติดต่อ | ลบเบอร์ | เลิกติดต่อ | หยุดติดต่อ`,
    unless: `อย่างไร | ยังไง | ถ้า`,
  },
];

interface CompiledPhrases {
  script: RegExp;
  phrases: readonly string[];
  unless: readonly string[];
}

const COMPILED: readonly CompiledPhrases[] = SCRIPT_PHRASES.map(({ script, phrases, unless }) => ({
  script,
  phrases: splitList(phrases),
  unless: splitList(unless),
}));

/** What a short folded text in one of these scripts asks for. Next to a word of `unless` it is a question. */
export function matchOtherScripts(folded: string): Finding | null {
  for (const { script, phrases, unless } of COMPILED) {
    if (!script.test(folded) || !phrases.some((phrase) => folded.includes(phrase))) continue;
    return unless.some((word) => folded.includes(word)) ? "ask" : "stop";
  }
  return null;
}

function splitList(list: string): string[] {
  return list.split("|").map((phrase) => foldText(phrase.trim().replace(/\s+/gu, " ")));
}
