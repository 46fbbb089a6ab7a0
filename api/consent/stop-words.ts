import type { WordRow } from "./word-row.ts";

/** The words that end the messages, and those that may. */
export const STOP_WORDS: readonly WordRow[] = [
  {
    request: "stop",
    on: "every channel",
    language: "en",
    words: `stop | stop all | stopall | stop it all | unsubscribe | unsubscribe all | unsub | opt out | optout | opt me out | stop texts | stop messages | stop now | stop texting | stpo | sotp | tsop | stp | st0p | s top | sto p
      | unsuscribe | unsubcribe | unsubscibe | unsubsribe | unsubscirbe | un subscribe | stop2end | stop to end | stop sms | just stop | do stop | stop immediately | i said stop | stop promotions`,
  },
  {
    request: "stop",
    on: "carriers",
    language: "en",
    words: `quit | end | revoke | cancel | remove | td | cancel all | end all | quit all`,
  },
  {
    request: "stop",
    on: "every channel",
    language: "es",
    words: `baja | parar | paren | pare | parad | detener | detengan | detenganse | detente | desuscribir | desuscribirme | desuscribirse | cancelar suscripcion | anular suscripcion | darme de baja | alto ya | stop ya | stop todo | no molestar`,
  },
  {
    request: "stop",
    on: "carriers",
    language: "es",
    words: `cancelar | alto | salir | fin | anular | basta | cancela | cancelen | terminar | para ya`,
  },
  {
    request: "stop",
    on: "every channel",
    language: "de",
    words: `stopp | stoppen | stopt | abmelden | abmeldung | austragen | abbestellen | aufhoren | hor auf | hort auf | horen sie auf | sofort aufhoren | deabonnieren | abmelden bitte`,
  },
  {
    request: "stop",
    on: "carriers",
    language: "de",
    words: `ende | halt | beenden | schluss | genug | kundigen`,
  },
  {
    request: "stop",
    on: "every channel",
    language: "fr",
    words: `arret | arrete | arreter | arretez | arretes | arret sms | stop sms | desabonner | desabonnement | desinscrire | desinscription | se desabonner | se desinscrire | me desabonner | me desinscrire | cessez | arretez tout | stop pub`,
  },
  {
    request: "stop",
    on: "carriers",
    language: "fr",
    words: `fin | annuler | resilier | quitter | arrette | assez | supprimer | arrett`,
  },
  {
    request: "stop",
    on: "every channel",
    language: "pt",
    words: `parem | pare | parar | descadastrar | descadastro | me descadastrar | cancelar inscricao | cancelar subscricao | desinscrever | dessubscrever | remover inscricao | parar mensagens | nao perturbe`,
  },
  {
    request: "stop",
    on: "carriers",
    language: "pt",
    words: `sair | cancelar | cancele | fim | chega | remover | encerrar | basta | para`,
  },
  {
    request: "stop",
    on: "every channel",
    language: "it",
    words: `smettila | smettetela | smettete | smetti | smetta | fermatevi | disiscrivi | disiscrivimi | disiscrizione | disiscrivermi | annulla iscrizione | cancella iscrizione | ferma messaggi | ferma tutto`,
  },
  {
    request: "stop",
    on: "carriers",
    language: "it",
    words: `annulla | cancella | ferma | fermare | esci | basta | rimuovi | disdici`,
  },
  {
    request: "stop",
    on: "every channel",
    language: "other",
    words: `стоп | стоп стоп | отписка | отписаться | отпишись | отпишите | остановить | остановите | хватит | прекратите | перестаньте | відписатися | відписка | зупинити | спри | спрете | престани | прекини
      | στοπ | σταματα | σταματηστε | διακοπη | απεγγραφη | διαγραφη | توقف | توقفوا | قف | ايقاف | اوقف | اوقفوا | الغاء الاشتراك | كفي | ستوب | لغو | لغو اشتراک | توقف ارسال | הסר | הסרה | הסירו | עצור | עצרו | די | תפסיקו | תפסיק | הפסק | להסיר
      | रोकें | रोको | रुकें | रुको | बंद करो | बंद करें | स्टॉप | বন্ধ | থামুন | স্টপ | หยุด | หยุดส่ง | เลิกรับ | 停止 | 停 | 退订 | 退訂 | 取消订阅 | 取消訂閱 | 拒收 | 配信停止 | 配信解除 | ストップ | 停止して | 登録解除 | やめて | やめてください | 止めて | 止めてください | 停止してください | 受信拒否
      | 그만 | 중지 | 정지 | 수신거부 | 수신 거부 | 멈춰 | 스톱 | 스탑 | 그만해 | 그만하세요 | afmelden | uitschrijven | stoppen | ophouden | avregistrera | avsluta | avanmal | afmeld | avmeld | lopeta | stoppaa | wypisz | wypisz mnie | zatrzymaj | przestan | przestancie | rezygnuje | odhlasit | zrusit odber | zastavit | prestante
      | leiratkozas | leiratkozom | allj | dezabonare | opreste | opriti | dur | durdur | durdurun | abonelikten cik | berhenti | hentikan | berhenti langganan | tu choi | dung lai | ngung | tumigil`,
  },
  {
    request: "stop",
    on: "carriers",
    language: "other",
    words: `iptal | ret | cikis | huy | tc | batal | koniec | konec | koniec sms | stani | kraj | отмена | отказ | скасувати | τελος | الغاء | انهاء | ביטול | בטל | ยกเลิก | 取消 | 解除 | 退会 | 해지 | 취소 | avslutt | einde`,
  },
  {
    request: "maybe_stop",
    on: "every channel",
    language: "en",
    words: `🛑 | ⛔ | 🚫 | block | enough | stop it | stop that | stop this | stop these | quit it | dnd | spam | wrong number | i want to stop | want to stop | go away | please no more | how to stop | how to unsubscribe | how do i stop | how do i stop this`,
  },
  {
    request: "maybe_stop",
    on: "every channel",
    language: "es",
    words: `basta | basta ya | ya basta | dejenme | numero equivocado`,
  },
  {
    request: "maybe_stop",
    on: "every channel",
    language: "de",
    words: `schluss | halt | genug | es reicht | falsche nummer`,
  },
  {
    request: "maybe_stop",
    on: "every channel",
    language: "fr",
    words: `assez | ca suffit | basta | mauvais numero | faux numero`,
  },
  {
    request: "maybe_stop",
    on: "every channel",
    language: "pt",
    words: `chega | basta | ja chega | numero errado`,
  },
  {
    request: "maybe_stop",
    on: "every channel",
    language: "it",
    words: `basta | adesso basta | basta cosi | numero sbagliato`,
  },
  {
    request: "start",
    on: "every channel",
    language: "en",
    words: `start | unstop | opt in | optin | subscribe | resubscribe`,
  },
];
