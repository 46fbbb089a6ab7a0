import type { LanguageRules } from "../rule-language.ts";
import { ROMANCE_ASK, ROMANCE_STOP } from "./romance-rules.ts";

export const portuguese: LanguageRules = {
  language: "pt",
  fillers: `peco | peco que | solicito | solicito que | dai | daqui | fora | dele | disso | por favor | porfavor | pfv | pf | pfvr | favor | por gentileza | obrigado | obrigada | ja | agora | agora mesmo | imediatamente | mais | nunca mais | de vez | de novo | novamente | o | a | os | as | um | uma | uns | umas | seus | suas | seu | sua | teus | tuas | meu | minha | meus | minhas
    | desta | dessa | deste | desse | dessas | destas | nesta | vossa | vosso | vossas | vossos | esses | essas | esse | essa | estes | estas | este | esta | tantas | tanta | tantos | tanto | tipo de | de | do | da | dos | das | de voces | voces | voce | vcs | vc | tu | em | no | na | por | pelo | pela | com | para | pra | pro | e | ou | que | me | mim | a mim | se | lhe | tudo | toda | todas | todo | todos
    | qualquer | nenhum | nenhuma | oi | ola | bom dia | boa tarde | ok | gente | galera | chatas | chatos | publicitarias | promocionais | indesejadas | automaticas | nada | aqui | isso | definitivamente | urgente | sempre | pessoal | tambem | texto | whatsapp`,
  classes: {
    END: `par{a,e,em} de | par{a,e,em} com | parar de | pare | parem | parar | deix{a,e,em} de | deixar de | cess{e,em,ar} de | cessem | cesse | chega de | chega com | basta de | basta com | basta | nada de | sem mais | nao mais | stop | interromp{a,am,er} | termin{e,em,ar} de | evit{e,em} | nunca mais | suspend{a,am,er}`,
    CANCEL: `cancel{a,e,em,ar} | desativ{a,e,em,ar} | suspend{a,am,er} | encerr{a,e,em,ar} | interromp{a,am,er} | remov{a,am,er} | anul{a,e,em,ar}`,
    SEND: `envi{ar,arem,a,e,em,ando} | enviar me | mand{ar,arem,a,e,em,ando} | mandar me | remet{er} | encaminh{ar,em} | dispar{ar,em} | envio | envios | recebimento | o recebimento`,
    CONTACT: `escrev{er,erem,a,am,endo} | escrever me | contat{ar,arem,e,em,ando} | contact{ar,arem,e,em,ando,ar me,em me} | incomod{ar,arem,e,em,ando,ar me} | perturb{ar,arem,e,em,ando} | cham{ar,e,em} | chatear | chateiem | encher o saco | enche{r,m} | ench{am} | import{unar,unem} | assedi{ar,em}
      | spam{mar,ar} | mensagear | falar comigo | falem comigo | encher | enchendo | aborrecer | aborrecam`,
    CALL: `lig{ar,arem,ue,uem,ando} | telefon{ar,em,e}`,
    MESSAGES: `mensagens | mensagem | msg | msgs | sms | torpedos | textos | emails | e mails | propaganda | propagandas | publicidade | promocoes | promocao | ofertas | anuncios | spam | notificacoes | avisos | alertas | comunicacoes | comunicados | newsletters | contatos | contato | contacto | contactos | lembretes
      | informacoes comerciais | zap | zaps | inscricao sms | assinatura sms | lixo`,
    NOT: `nao | nao me | n | n me | nunca | nunca me | jamais | jamais me | nao voltem a | nao volte a | nao nos | ja nao | nao tornem a | ninguem`,
    WANT_NOT: `nao quero | nao desejo | nao gostaria | n quero | ja nao quero | nao queremos | nao preciso | nao tenho interesse em | sem interesse em | nao me interessa | nao me interessam | prefiro nao | nao aceito | nao autorizo | quero parar de | gostaria de parar de | desejo parar de | quero deixar de | gostaria de deixar de
      | gostaria de nao | nao pedi | desejo deixar de | pretendo deixar de | nao pretendo | ja nao desejo | nao consinto`,
    GET: `receber | receber mais | ter | continuar recebendo | continuar a receber | ficar recebendo | recebendo | ver | saber`,
    ENTER: `entr{em,e,ar}`,
    TOUCH: `em contato | em contacto | contato | contacto`,
    CONTACT_ME: `me escrev{a,am} | me contat{e,em} | me contact{e,em} | me incomod{e,em} | me perturb{e,em} | me cham{e,em} | ser contatad{o,a} | ser contactad{o,a} | ser incomodad{o,a} | que me escrevam | que me contactem | que me contatem
      | que entrem em contato | que entrem em contacto | entrem em contato | entrem em contacto | entrar em contato | entrar em contacto | falem comigo | me procurem | me importunem`,
    SUBSCRIPTION: `inscricao | subscricao | minha inscricao`,
    FORBID: `proibo | oponho me a | me oponho a`,
    PLEASE_STOP: `por favor pare{m,} | favor parar | interesse pare{m,} | obrigado pare{m,} | pare{m,} por favor | entao pare{m,} | ja pare{m,} | por favor chega`,
    REMOVE_ME: `me descadastr{a,e,em} | descadastr{ar,em me,ar me,a me} | me remov{a,am,e} | remov{am,a,er} me | me tir{a,e,em} | tir{em,e,ar,a} me | me exclu{a,am,i} | exclu{am,ir,a} me | me apag{a,ue,uem} | apaguem me | me delet{a,e,em} | me desinscrev{a,am} | desinscrever | me desinscrever | desinscrevam me
      | cancelar inscricao | cancelar a inscricao | cancelem minha inscricao | cancele minha inscricao | cancelar minha inscricao | descadastro | descadastramento | me retir{a,e,em} | retir{em,e,ar} me | sair da lista | sair das listas | sair dessa lista | me cancel{a,e,em} | me bloqueiem | anular a subscricao | anular subscricao
      | cancelar a subscricao | cancelar subscricao | cancelem a minha subscricao | cancelar a minha subscricao | remover me | desubscrever | quero sair | me descadastrar | ser removid{o,a} | ser descadastrad{o,a} | ser retirad{o,a} | ser excluid{o,a} | eliminem me | dar baixa | dessubscrever | me desinscreva`,
    REMOVE: `descadastr{em,e,ar,a} | remov{a,am,er,e} | tir{a,e,em,ar} | exclu{a,am,ir,i} | apag{a,ue,uem,ar} | delet{a,e,em,ar} | esquec{a,am,e,er} | retir{a,e,em,ar} | elimin{a,e,em,ar} | perca{,m}`,
    NUMBER: `numero | telefone | numero de telefone | celular | telemovel | contato | contacto | meus dados | meu nome | cadastro | numero de celular`,
    LIST: `lista | listas | lista de contatos | lista de contactos | lista de transmissao | lista de envio | lista de difusao | base de dados | grupo | grupo de mensagens | elenco | banco de dados | base | sistema | cadastro | mailing | contatos | contactos | agenda | mensagens | sms | envios | transmissao | notificacoes | promocoes | registros | registos`,
    NEWSLETTER: `newsletter | boletim | servico | assinatura`,
    WITHDRAW: `revog{o,ar} | retir{o,ar} | cancel{o} | anul{o}`,
    CONSENT: `consentimento | permissao | autorizacao`,
    NO_CONSENT: `nao dou consentimento | nao dou o meu consentimento | nao dou meu consentimento | nao autorizo | nao tem minha permissao | nao tem minha autorizacao | nao tem o meu consentimento | nao consinto | sem meu consentimento | sem o meu consentimento | sem minha autorizacao | nao dei autorizacao | nao dei permissao`,
    ALONE: `me deix{a,e,em} em paz | deix{a,e,em} me em paz | me deix{a,e,em} quiet{o,a} | me deix{a,e,em} | me esquec{e,a,am} | esquec{e,am} me | larg{a,uem,ue} do meu pe | larg{a,ue,uem} me | sai{,a,am} do meu pe | deixar em paz | nao enche | nao me encham | nao encham | nao me enche{,m}`,
    GO_AWAY: `chega | ja chega | basta | pare com isso | parem com isso | para com isso | pare ja | parem ja | sai | sai fora | some | sumam | cala a boca | calem se | vai embora | vao embora | quero parar | quero sair | me tira daqui | me tirem daqui | cai fora | va se | me tira dessa`,
    SPAM: `isso e spam | e spam | vou denunciar | vou bloquear | vou reportar | isto e spam | isso e assedio | vou processar`,
    NO_MORE: `nao mais | sem mais | sem | chega de | nada de | zero | basta de`,
    WRONG: `numero errado | numero incorreto | pessoa errada | foi engano | enganou se no numero | errou o numero | erraram o numero | enganaram se no numero`,
    TIRED: `cansad{o,a} de | fart{o,a} de | de saco cheio de | cansei de`,
    SIGNED_NOT: `nunca me inscrevi | nao me inscrevi | nunca me cadastrei | nao me cadastrei | nunca dei meu numero | nunca pedi | nunca autorizei | nunca dei autorizacao | nunca subscrevi`,
  },
  stop: [
    ...ROMANCE_STOP,
    "FORBID CONTACT",
    "NOT ENTER * TOUCH",
    "NOT GET * MESSAGES $",
    "REMOVE_ME MESSAGES",
    "ALONE $",
  ],
  ask: ROMANCE_ASK,
  blockers: `se eu | se voces | se voce | caso | quando | ele | ela | eles | elas | porque voces | ate que | antes de | depois de | meu ex | meu chefe | meu banco | alguem | quem | falei pra | disse para ele | nao consigo | nao consegui | nao recebi | nao recebo | recebi | recebo | nao quero que | nunca | ninguem | clientes
    | usuarios | enquanto | nao posso | nao pude | esqueci | nao estou | nao quero | nao tenho | preciso que nao | nao me | ja nao me`,
  questions: `como | como faco para | como posso | como faz para | como se faz para | posso | e possivel | onde posso | onde | tem como | da para | da pra | o que faco para | o que devo fazer para | por que | porque | ajuda para | quero saber como | gostaria de saber como`,
  subjects: `eu | ele | ela | nos | eles | quem | voces ainda | ainda | se | quando`,
  limits: `ate | exceto | salvo | mas | so se | se nao | quando | enquanto | durante | de noite | a noite | de manha | aos domingos | fim de semana | em vez | amanha | depois | antes | sobre | a respeito | relacionado | pedido | reserva | conta | fatura | ligue | me ligue | me liga | melhor | academia | ginasio | seguro | contrato | plano
    | internet | curso | cartao | app | aplicativo | carrinho | grupo | agendamento | consulta | cartoes | no trabalho | no escritorio | para o trabalho | para o escritorio | por telefone | por email | por e mail | pelo correio`,
  others: `lista de espera | lista de convidados | lista de desejos | lista de compras | lista de presentes | lista de casamento`,
};
