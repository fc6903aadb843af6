"""Domains of mail services that anybody may have an address at, so that they tell of no company.

Compiled by hand for this project: the large public mail services, and those that internet providers of Denmark,
Sweden, Norway, Finland and Germany give their private customers. Not complete; a domain that is missing makes one
company of strangers, which a user sees and can part.
"""

__all__ = ["FREE_MAIL"]

_LARGE = """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com passport.com yahoo.com
    ymail.com rocketmail.com myyahoo.com icloud.com me.com mac.com aol.com aim.com proton.me
    protonmail.com protonmail.ch pm.me gmx.com gmx.net gmx.de gmx.at gmx.ch mail.com email.com
    usa.com zoho.com zohomail.com fastmail.com fastmail.fm hey.com tutanota.com tutanota.de
    tutamail.com tuta.io tuta.com mailbox.org posteo.de posteo.net runbox.com hushmail.com inbox.com
    mail.ru bk.ru list.ru inbox.ru internet.ru yandex.com yandex.ru ya.ru rambler.ru qq.com
    foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com naver.com daum.net
    hanmail.net rediffmail.com duck.com relay.firefox.com privaterelay.appleid.com simplelogin.com
    mailinator.com guerrillamail.com yopmail.com
"""
_BY_COUNTRY = """
    hotmail.dk hotmail.se hotmail.no hotmail.fi hotmail.de hotmail.fr hotmail.it hotmail.es
    hotmail.nl hotmail.be hotmail.co.uk live.dk live.se live.no live.fi live.de live.fr live.it
    live.nl live.be live.co.uk live.com.au outlook.dk outlook.de outlook.fr outlook.es outlook.it
    yahoo.dk yahoo.se yahoo.no yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.uk yahoo.co.in
    yahoo.co.jp yahoo.com.br yahoo.ca
"""
_DENMARK = """
    mail.dk email.dk jubii.dk ofir.dk tdcadsl.dk mail.tele.dk post.tele.dk post.cybercity.dk
    stofanet.dk webspeed.dk youmail.dk privat.dk city.dk forum.dk get2net.dk gvdnet.dk pc.dk
    altiboxmail.dk fibermail.dk waoomail.dk
"""
_SWEDEN = """
    telia.com bredband.net bredband2.com comhem.se tele2.se spray.se passagen.se swipnet.se home.se
    brevet.nu bahnhof.se ownit.nu
"""
_NORWAY = """
    online.no broadpark.no c2i.net getmail.no lyse.net frisurf.no start.no sensewave.com altibox.no
"""
_FINLAND = """
    elisanet.fi kolumbus.fi luukku.com saunalahti.fi suomi24.fi welho.com pp.inet.fi
"""
_GERMAN = """
    web.de t-online.de freenet.de arcor.de online.de 1und1.de vodafone.de aon.at
    bluewin.ch hispeed.ch
"""
_ELSEWHERE = """
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tin.it alice.it
    telefonica.net terra.es ziggo.nl kpnmail.nl xs4all.nl planet.nl home.nl telenet.be skynet.be
    btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com comcast.net verizon.net att.net
    sbcglobal.net bellsouth.net cox.net charter.net earthlink.net shaw.ca rogers.com sympatico.ca
    bigpond.com optusnet.com.au wp.pl o2.pl onet.pl interia.pl seznam.cz centrum.cz uol.com.br
    bol.com.br terra.com.br
"""

FREE_MAIL = frozenset(
    word
    for listed in (_LARGE, _BY_COUNTRY, _DENMARK, _SWEDEN, _NORWAY, _FINLAND, _GERMAN, _ELSEWHERE)
    for word in listed.split()
)
