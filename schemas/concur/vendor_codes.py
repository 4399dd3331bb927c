"""Vendor codes of Concur's segments: which there are, and the names of those that we know by name.

The same two letters name different companies by kind of segment, so a code is looked up by both.
"""

from collections.abc import Mapping

from schemas.segments import SegmentType

UNKNOWN_VENDOR = "$$"
"""Says that there is no code; the name then stands beside it."""


def _vendors(codes: str, *, otherwise: str, names: str) -> Mapping[str, str]:
    named = {code.strip(): name.strip() for code, _, name in (n.partition("=") for n in names.split(";"))}
    return {code: " ".join(named.get(code, otherwise).split()) for code in [*codes.split(), UNKNOWN_VENDOR]}


VENDOR_CODES: Mapping[SegmentType, Mapping[str, str]] = {
    "hotel": _vendors(
        """
        6C AA AB AC AE AG AH AI AJ AK AL AM AN AO AP AQ AR AS AT AV AW AX AZ BA BB BC BE BG BH BI BK BL
        BM BN BP BR BT BU BV BW BX BY BZ CA CB CC CD CE CG CH CI CJ CK CL CM CN CO CP CQ CR CS CU CV CW
        CX CY CZ DA DC DD DE DH DI DJ DL DM DN DO DR DS DT DU DV DW DX DY EA EB EC EE EH EI EJ EK EL EM
        EO EP EQ ER ES ET EU EW EZ FA FB FC FD FE FG FH FM FN FQ FS FT FV FW FX FZ GA GB GD GE GF GG GH
        GI GM GN GO GP GQ GR GT GV GW GX GZ HA HB HC HE HF HG HH HI HJ HK HL HM HN HO HP HQ HR HT HU HV
        HW HX HY IA IC ID IE IF IG IH II IL IM IN IP IQ IR IS IT IU IV IW JA JC JD JG JH JI JJ JL JT JU
        JV JY KA KC KG KH KI KL KN KO KR KY LA LC LD LE LG LI LJ LM LO LP LQ LR LT LU LV LW LX LZ MB MC
        MD ME MF MG MH MI MK ML MM MN MO MP MR MS MT MU MV MX MY MZ NC ND NH NK NN NO NR NS NU NV NW NY
        NZ OB OC OE OG OH OI OK OM ON OO OP OR OS OT OZ PD PF PG PH PI PJ PK PL PM PN PQ PR PS PT PU PV
        PW PX PY QC QG QH QI QL QM QO QR QU QV QX RA RB RC RD RE RF RG RH RI RJ RK RL RM RN RO RP RQ RR
        RS RT RU RV RW RX RZ SA SB SC SE SF SG SH SI SJ SK SL SM SN SO SP SQ SR SS ST SU SV SW SX SY SZ
        TA TB TF TG TH TI TJ TL TM TO TP TR TS TV TW TX TY UA UB UE UI UK UN US UV UZ VA VC VE VG VI VK
        VP VR VY WA WB WC WD WF WG WH WI WK WL WM WO WR WS WT WV WW WX WY XE XH XL XN XO XR XS XV XW XX
        XZ YH YO YP YR YS YX YZ ZC ZW ZX ZZ
        """,
        otherwise="a chain of hotels",
        names="""
        HI=Holiday Inn; IC=InterContinental; CP=Crowne Plaza; HH=Hilton; DT=DoubleTree; ES=Embassy
        Suites; HX=Hampton; GI=Hilton Garden Inn; HG=Homewood Suites; CN=Conrad; MC=Marriott;
        CY=Courtyard; FN=Fairfield Inn; RC=Residence Inn; BR=Renaissance; RZ=Ritz-Carlton; TO=TownePlace
        Suites; XV=SpringHill Suites; WI=Westin; SI=Sheraton; WH=W Hotels; LC=Luxury Collection; XR=St.
        Regis; AL=Aloft; EL=Element; HY=Hyatt; BW=Best Western; RA=Ramada; DI=Days Inn; SO=Sonesta;
        HJ=Howard Johnson; WY=Wyndham; LQ=La Quinta; TL=Travelodge; MT=Microtel; RF=Red Roof; CI=Comfort
        Inn; QI=Quality Inn; CC=Clarion; SZ=Sleep Inn; EO=Econo Lodge; RI=Rodeway Inn; CX=Country Inn;
        RD=Radisson; PK=Park Plaza; RT=Accor; SB=Sofitel; FA=Fairmont; FS=Four Seasons; PH=Preferred;
        LW=Leading Hotels of the World; MO=Mandarin Oriental; SG=Shangri-La; PN=Peninsula; JJ=Jin Jiang;
        OM=Omni; LZ=Loews; DR=Drury Inn; ME=Meliá
        """,
    ),
    "car": _vendors(
        """
        AB AC AD AF AL AU BL CC CH CO CP CT CV CY DR DS ED EE EN EP ET EY EZ FA FD FH FX HO IA IM KG KN
        LL LM LV LX ML MW NE NF NU NW PI RR RS SL SV SW SX TR TS US VR WC ZA ZD ZE ZH ZI ZL ZM ZR ZS ZT
        ZU ZW
        """,
        otherwise="a rental company",
        names="""
        AC=Ace; AD=Advantage; AL=Alamo; EP=Europcar; ET=Enterprise; EZ=E-Z; FX=Fox; LL=Localiza;
        SX=Sixt; SV=U-Save; ZA=Payless; ZD=Budget; ZE=Hertz; ZI=Avis; ZL=National; ZR=Dollar; ZT=Thrifty
        """,
    ),
    "ride": _vendors(
        "$R AL DG GC GS LC SQ SW TD TV",
        otherwise="a service of rides",
        names="AL=Addison Lee; GC=GroundScope; GS=GroundSpan; LC=Limos.com; TV=Transvip",
    ),
}
"""By kind of segment; vendors of other kinds have no codes."""
