import type { LanguageRules } from "../rule-language.ts";
import { ROMANCE_ASK, ROMANCE_STOP } from "./romance-rules.ts";

export const spanish: LanguageRules = {
  language: "es",
  fillers: `les pido | le pido | te pido | os pido | ruego | les ruego | solicito | quiero que | quisiera que | pido | por favor | porfa | porfavor | porfis | pf | xfa | xfavor | x favor | gracias | muchas gracias | ya | ahora | ahora mismo | inmediatamente | mas | nunca mas | jamas | de una vez | de nuevo | otra vez
    | el | la | los | las | un | una | unos | unas | sus | su | tus | tu | vuestros | mis | mi | estos | estas | este | esta | esos | esas | ese | esa | este tipo de | tipo de | tantos | tantas | tanto | mucho
    | de | del | de ustedes | de usted | de ti | de vosotros | suyos | a | al | a mi | me | en | con | por | por aqui | por este medio | y | o | que | todo | todos | todas | cualquier | ningun | ninguna
    | malditos | molestos | publicitarios | publicitaria | promocionales | comerciales | no deseados | automaticos | hola | buenas | buenos dias | ok | vale | usted | ustedes | se | lo | le | nada | para siempre
    | definitivamente | cuanto antes | tambien | eso | esto | texto | whatsapp`,
  classes: {
    END: `dej{a,e,en,ad,as} de | dejar de | deja ya de | dejen ya de | par{a,e,en,ad} de | parar de | parar | par{e,en,ad} | deten{gan,ga,er,te,ganse} | detener | detengan | ces{e,en,ar} de | cese | cesen | basta de | basta con
      | basta ya de | no mas | ya no mas | termin{en,a,e} de | eviten | evite | absteng{anse,ase} de | suspend{an,a,er} | stop | alto a | alto | acaben con | nunca mas | ni un | ni una | ni un solo | parenle con | parenle a | parele a | parale a | parale con | ya parenle | paren con | paren ya con`,
    CANCEL: `cancel{a,e,en,ar,ad} | anul{a,e,en,ar} | desactiv{a,e,en,ar} | quit{a,e,en,ar} | elimin{a,e,en,ar} | suspend{a,an,er} | terminar`,
    SEND: `envi{ar,arme,arnos,es,e,en,eis,ando,andome,andonos,arle} | mand{ar,arme,arnos,es,e,en,eis,ando,andome,andonos} | remit{ir,irme,an,a} | pas{arme,en,es} | reenvi{en,arme} | envio | envios | mandarle`,
    CONTACT: `escrib{ir,irme,irnos,as,a,an,ais,iendo,iendome,iendonos} | contact{ar,arme,arnos,es,e,en,eis,ando,andome} | molest{ar,arme,arnos,es,e,en,eis,ando,andome} | texte{ar,arme,en,es}
      | mensaje{ar,arme,en} | fastidi{ar,arme,en,es} | acos{ar,arme,en} | spamear{,me} | comunicar{se,te} | comuni{quen,ques,que} | hostig{ar,arme,uen} | jod{er,erme,an,as} | incordi{ar,arme,eis} | dar la lata`,
    CALL: `llam{ar,arme,en,es,e,eis} | telefone{ar,arme,en}`,
    MESSAGES: `mensajes | mensaje | mensajitos | mensajeria | sms | textos | correos | emails | mails | publicidad | propaganda | promociones | promocion | ofertas | anuncios | spam | notificaciones
      | avisos | alertas | comunicaciones | informacion comercial | newsletters | boletines | whatsapps | recordatorios | campanas | suscripcion a mensajes | suscripcion de mensajes | suscripcion sms | contacto
      | basura | cosas`,
    NOT: `no | no me | no nos | nunca me | nunca | jamas me | ya no me | ya no | que no me | no se | no vuelv{an,as,a,ais} a | no me vuelv{an,as,a,ais} a | no volv{er,erme} a | ni me | no le | no te`,
    WANT_NOT: `no quiero | ya no quiero | no deseo | ya no deseo | no quisiera | no me gustaria | no queremos | ya no queremos | no necesito | ya no necesito | no me interesa | no me interesan | ya no me interesa | ya no me interesan
      | prefiero no | no acepto | preferiria no | no autorizo | ya no autorizo | no consiento | quiero dejar de | quisiera dejar de | deseo dejar de | me gustaria dejar de | no quiero volver a | no he pedido | no pedi | no me apetece`,
    GET: `recib{ir,irlos,irles,iendo} | tener | seguir recibiendo | continuar recibiendo | seguir | saber | ver`,
    CONTACT_ME: `me escrib{an,as,a,ais} | me contact{en,es,e,eis} | me molest{en,es,e,eis} | me sigan escribiendo
      | sigan escribiendome | sigan enviandome | sigan contactandome | sigas escribiendome | seguir escribiendome | nos escriban | nos contacten | me esten escribiendo | se comuniquen conmigo
      | ser contactado | ser contactada | que me contacten | sigan molestandome | me sigan molestando | me vuelvan a escribir | me vuelvas a escribir | me vuelvan a contactar | me textee{n,s}`,
    FORBID: `prohibo | les prohibo | le prohibo | me opongo a`,
    SUBSCRIPTION: `suscripcion | mi suscripcion a los mensajes | inscripcion`,
    PLEASE_STOP: `por favor pare{n,} | por favor stop | por favor basta | porfa pare{n,} | ya paren | gracias pare{n,} | interesa pare{n,} | paren por favor | pare por favor | parad por favor`,
    REMOVE_ME: `borr{enme,ame,eme,adme} | elimin{enme,ame,eme,adme} | quit{enme,ame,eme,adme} | saqu{enme,eme} | sac{ame,adme} | remuev{anme,ame} | retir{enme,ame,eme} | excluy{anme,eme} | deme de baja
      | den de baja | denme de baja | dame de baja | dadme de baja | darme de baja | darnos de baja | me den de baja | me de de baja | me des de baja | me doy de baja | desuscrib{anme,eme,ame,irme} | desuscrib{eme,irme,ir} | desinscribirme | darse de baja
      | me borren | me eliminen | me quiten | me saquen | me desuscriban | desinscribanme | borrarme | eliminarme | quitarme | salirme | que me borren | que me eliminen | que me quiten | que me saquen | den baja | denme baja
      | dar de baja | solicito la baja | solicito baja | quiero la baja | pido la baja | dar baja | damos de baja | cancelar mi suscripcion a | cancelen mi suscripcion a | la baja de`,
    NUMBER: `numero | numero de telefono | telefono | celular | movil | contacto | datos | nombre | este numero | numero de celular`,
    REMOVE: `borr{en,a,e,ar,ad} | elimin{en,a,e,ar,ad} | quit{en,a,e,ar,ad} | saqu{en,e} | saca | retir{en,a,e} | olvid{en,a,e,ate de,ense de} | remuevan | den de baja | dar de baja | pierdan`,
    LIST: `lista | listas | lista de contactos | lista de envio | lista de envios | lista de difusion | lista de distribucion | lista de correo | base de datos | bases de datos | base | sistema | registros | agenda
      | mensajes | sms | envios | publicidad | difusion | contactos | notificaciones | promociones | servicio de mensajes | servicio de sms | alertas`,
    NEWSLETTER: `boletin | newsletter | correos | boletines | suscripcion | servicio`,
    WITHDRAW: `revoc{o,ar,amos} | retir{o,ar} | anul{o,ar} | cancel{o} | quito`,
    CONSENT: `consentimiento | permiso | autorizacion`,
    NO_CONSENT: `no doy mi consentimiento | no tienen mi consentimiento | no tienen mi permiso | no tienen permiso | no tiene mi consentimiento | ya no tienen mi permiso | no doy consentimiento | no autorizo | no consiento | ya no consiento
      | sin mi consentimiento | sin mi permiso | no di mi consentimiento`,
    ALONE: `dej{enme,ame,eme,adme} en paz | dej{enme,ame,eme,adme} tranquil{o,a} | dej{enme,ame,eme} de molestar | no me moleste{n,s} | me dejen en paz | no jodan | no me jodan | no me joda{n,s}`,
    GO_AWAY: `basta | basta ya | ya basta | ya estuvo | largo | larguense | vayanse | callate | callense | dejenlo | dejalo ya | paren | para ya | parad | alto ya | quiero parar | dejenme | dejame | ya dejenme | me quiero salir | quiero salir`,
    SPAM: `esto es spam | es spam | son spam | los voy a denunciar | voy a denunciar | los voy a bloquear | los voy a reportar | es acoso | esto es acoso`,
    NO_MORE: `no mas | ni un mas | sin | cero | basta de | basta con`,
    WRONG: `numero equivocado | se equivoc{o,an,aron} de numero | se ha{n,} equivocado de numero | te equivocaste de numero | te has equivocado de numero | esta{n,} equivocad{o,os} de numero | persona equivocada`,
    TIRED: `hart{o,a} de | cansad{o,a} de | aburrid{o,a} de | me tienen hart{o,a} con`,
    SIGNED_NOT: `nunca me suscribi | no me suscribi | nunca me registre | nunca di mi numero | yo no me suscribi | nunca pedi | nunca solicite | nunca di mi consentimiento`,
  },
  stop: [
    ...ROMANCE_STOP,
    "END CALL CONTACT",
    "FORBID * CONTACT_ME",
    "FORBID CONTACT",
    "END MESSAGES * NUMBER $",
    "NOT GET * MESSAGES",
    "ALONE",
  ],
  ask: ROMANCE_ASK,
  blockers: `si | cuando | aunque | el no | ella | ellos | porque no | hasta que | antes de | despues de | mi ex | mi banco | mi jefe | alguien | quien | le dije | les dije | no puedo | no pude | no podia | no quiero que | no deseo que me den
    | he recibido | no he | no recibi | no recibo | olvide | no se como borrar | no me | nunca | nadie | ningun cliente | clientes | usuarios | gente | no quiero | tengo que | en caso de | mientras | no logro | me gustaria que no | ha dejado | han dejado`,
  questions: `como puedo | como hago para | como hago | como | como se hace | puedo | se puede | donde puedo | donde | es posible | que tengo que hacer para | que debo hacer para | por que | porque | quisiera saber como | ayuda para | me puede ayudar a | necesito ayuda para`,
  subjects: `yo | tu | ella | nosotros | ustedes todavia | aun | todavia | quien | ellos | porque | si | cuando`,
  limits: `hasta | excepto | salvo | pero | solo si | si no | cuando | mientras | durante | de noche | por la noche | por la manana | en la manana | los domingos | fin de semana | en lugar | en vez | manana | despues | antes | sobre | acerca
    | respecto | relacionado | pedido | reserva | cuenta | factura | llamame | llamen | mejor | gimnasio | seguro | contrato | plan | internet | linea | curso | tarjeta | app | aplicacion | carrito | tarifa | luz | gas | poliza | empleado | prueba | al trabajo | en el trabajo | a la oficina | en la oficina | por telefono | por correo | por email`,
  others: `lista de espera | lista de invitados | lista de deseos | lista de compras | lista de la compra | lista de boda | lista de regalos`,
};
