"""The words of the toy language: for each kind a core that all domains share, and their own words.

Regular words are written as they are looked up. ``stop+`` doubles its last letter (stopped),
``give|gave|given`` names past tense and participle, ``child|children`` a plural. A phrasal verb is
``pick_up``. Many forms stand under several kinds on purpose: *watch*, *light*, *rose*, *leaves*.
"""

from __future__ import annotations

OPEN: dict[str, dict[str, str]] = {
    "person": {
        "core": "man|men woman|women child|children friend neighbour cook guard guide doctor "
        "nurse teacher baker farmer painter driver judge stranger visitor girl boy writer "
        "butcher",
        "tale": "king queen witch giant miller shepherd prince knight hunter fool thief|thieves "
        "beggar princess tailor smith weaver monk wizard bride widow dwarf|dwarves hermit",
        "report": "minister clerk engineer officer manager inspector witness lawyer expert worker "
        "mayor banker adviser owner buyer member tenant critic speaker voter auditor",
        "letter": "aunt uncle cousin sister brother mother father grandmother nephew niece guest "
        "landlord pupil tutor gardener lodger singer dancer",
        "recipe": "guest eater helper",
        "log": "captain sailor mate pilot gunner carpenter lookout surgeon passenger "
        "fisherman|fishermen stoker rower whaler",
    },
    "animal": {
        "core": "dog cat horse bird fish|fish goat rat sheep|sheep cow",
        "tale": "fox wolf|wolves dragon swan raven bear frog toad crow hare duck goose|geese",
        "report": "pig hen bull",
        "letter": "kitten pony canary parrot spaniel",
        "recipe": "hen",
        "log": "whale gull shark seal dolphin porpoise",
    },
    "thing": {
        "core": "lamp table chair box watch key rope bell book coat knife|knives letter window "
        "door lock wheel plate bag clock light cup picture boot saw stone hammer can nail stick "
        "paper",
        "tale": "sword crown ring mirror harp cloak axe candle arrow wand basket needle lantern "
        "shield spoke feather broom cradle drum rose well leaf|leaves branch tree",
        "report": "engine machine pump meter truck bridge pipe cable drill crane turbine tank "
        "plant valve sensor signal battery fence boiler ship file screen frame",
        "letter": "dress hat piano scarf present stamp photograph teapot cushion armchair glove "
        "parcel umbrella envelope kettle carpet curtain pencil painting novel",
        "recipe": "onion carrot potato egg apple lemon tomato leek turnip plum pear bean cake pie "
        "fish|fish mushroom pepper pancake crust fillet cabbage orange clove walnut cherry bun "
        "loaf|loaves",
        "log": "anchor sail mast compass barrel cannon deck rudder oar net flag chart pump cask "
        "hatch keel spar buoy lifeboat hull cabin telescope",
    },
    "stuff": {
        "core": "water bread salt oil wood glass dust milk money paint meat iron ice straw sand",
        "tale": "gold silver wine honey magic blood snow moss silk smoke",
        "report": "coal steel traffic waste cement fuel gas copper timber gravel",
        "letter": "tea coffee jam ink wool lace sunshine music soap",
        "recipe": "salt water oil milk flour butter sugar rice cream cheese broth dough vinegar "
        "sauce garlic parsley yeast pastry ginger thyme bacon mustard batter cinnamon stock",
        "log": "tar cargo rum canvas fog rain ballast tobacco powder biscuit pork",
    },
    "place": {
        "core": "house street garden kitchen market river field hill church bridge school inn park",
        "tale": "castle forest tower cave mill well palace meadow mountain cottage tomb brook "
        "swamp",
        "report": "factory station office harbour site depot court mine port warehouse yard plant "
        "district laboratory hospital ward quarry",
        "letter": "parlour attic library theatre shop cellar seaside village station balcony lawn",
        "recipe": "pan pot bowl dish tin saucepan kettle oven kitchen larder sieve",
        "log": "bay island reef cape harbour channel shore sound port strait coast",
    },
    "idea": {
        "core": "question answer plan story name rule mistake promise reason idea price word",
        "tale": "secret riddle curse spell wish quarrel tale dream wound",
        "report": "budget contract delay law strike inquiry permit review target tax scheme risk "
        "proposal forecast meeting survey figure increase order claim ground building charge",
        "letter": "visit illness wedding holiday surprise invitation lesson journey joke kindness",
        "recipe": "taste recipe flavour",
        "log": "watch course order signal report position leak repair storm",
    },
    "adjective": {
        "core": "old new small big+ long short good bad dark clean dry warm cold open empty hard "
        "soft heavy light wet+ broken cheap plain clear round strange painted",
        "tale": "golden magic ugly hidden silver enchanted crooked rusty carved wooden shining "
        "stolen precious frozen ancient",
        "report": "electric costly unpaid damaged modern steady spare faulty wooden leaking "
        "imported metal stored rusting tested secure",
        "letter": "lovely pretty charming dear woollen silly sweet delightful woven blue knitted "
        "tattered fashionable favourite",
        "recipe": "fresh sliced sweet ripe raw thin+ thick salted chopped crisp sour brown smooth "
        "tender melted peeled golden fine ground hot+ dry small large cold",
        "log": "rough leaking torn loose sunken rotten spare foreign tarred damaged sound wooden "
        "foul mended floating",
    },
    "trait": {
        "core": "old young quiet strange clever kind poor happy small lazy honest tired slow fast",
        "tale": "wicked wise brave lonely hungry proud mighty pale terrible silent ugly cunning "
        "humble gentle charming enchanted",
        "report": "local senior former chief retired leading foreign careful unnamed responsible",
        "letter": "dear lovely delightful tiresome merry charming silly polite elderly sweet "
        "talkative grateful",
        "recipe": "hungry",
        "log": "sick drunk sober brave weary missing skilful northern",
    },
    "site": {
        "core": "old new small dark quiet empty cold open narrow long pleasant",
        "tale": "enchanted lonely gloomy hidden ruined silent forgotten green deep",
        "report": "local main central public regional northern busy industrial southern",
        "letter": "lovely sunny dear cosy draughty charming crowded",
        "recipe": "hot+ deep large clean warm cool shallow buttered heavy",
        "log": "rough calm southern eastern western foreign shallow rocky safe stormy",
    },
    "quality": {
        "core": "good bad simple strange clear old new long short early late",
        "tale": "terrible wicked secret wise foolish dark magic",
        "report": "annual final private technical urgent official illegal joint likely public",
        "letter": "lovely kind delightful tiresome silly happy awful sudden",
        "recipe": "fresh rich mild",
        "log": "false steady sudden heavy early",
    },
    "feeling": {
        "core": "tired happy ready angry alone late calm safe afraid ill silent",
        "tale": "brave proud weary hungry wise",
        "report": "absent confident cautious responsible unhappy",
        "letter": "well fond merry busy cheerful unwell delighted",
        "recipe": "ready",
        "log": "sick missing sober fit",
    },
    "manner": {
        "core": "quick slow quiet careful sudden soft bad hard= fast= clear",
        "tale": "proud bold secret gentle sad well= merry wise bitter",
        "report": "steady sharp illegal safe formal direct final cautious",
        "letter": "kind happy polite dear warm eager fond well=",
        "recipe": "gentle thin fine even thick light well= thorough",
        "log": "swift safe heavy rough strong steady",
    },
    "move": {
        "core": "walk run+|ran|run hurry climb march go|went|gone wander come|came|come travel+",
        "tale": "ride|rode|ridden creep|crept|crept fly|flew|flown gallop leap limp crawl rush",
        "report": "return drive|drove|driven march head move",
        "letter": "cycle stroll drive|drove|driven move dance",
        "recipe": "go|went|gone",
        "log": "sail drift steer row swim+|swam|swum tack",
    },
    "act": {
        "core": "sleep|slept|slept wait work laugh rest sing|sang|sung dance smoke watch "
        "eat|ate|eaten shout fish",
        "tale": "weep|wept|wept sigh whisper pray hunt dream fight|fought|fought hide|hid|hidden",
        "report": "strike|struck|struck resign vote protest appeal lie",
        "letter": "smile cough chat+ knit+ gossip paint",
        "recipe": "wait rest",
        "log": "drill cheer swear|swore|sworn dive watch",
    },
    "change": {
        "core": "break|broke|broken fall|fell|fallen burn open close move turn disappear dry",
        "tale": "shine|shone|shone glow vanish sparkle grow|grew|grown bleed|bled|bled "
        "rise|rose|risen",
        "report": "fail leak rise|rose|risen drop+ explode stop+ collapse crack slow",
        "letter": "fade arrive smell shrink|shrank|shrunk tear|tore|torn",
        "recipe": "boil melt thicken bubble brown soften cool rise|rose|risen set+|set|set",
        "log": "sink|sank|sunk split+|split|split drift freeze|froze|frozen swing|swung|swung",
    },
    "use": {
        "core": "carry mend clean find|found|found lift paint watch lock open close "
        "hide|hid|hidden buy|bought|bought sell|sold|sold keep|kept|kept lose|lost|lost "
        "break|broke|broken move hold|held|held want leave|left|left see|saw|seen like dry empty "
        "light|lit|lit load nail",
        "tale": "steal|stole|stolen bury guard polish sharpen touch swallow bear|bore|borne "
        "weave|wove|woven spin+|spun|spun fetch burn smash",
        "report": "build|built|built replace inspect test order ship+ install repair damage block "
        "deliver store measure rent supply plant drill fence",
        "letter": "knit+ receive post unpack choose|chose|chosen borrow wear|wore|worn play iron "
        "dust stamp copy",
        "recipe": "clean dry chop+ stir+ boil peel slice grate season heat drain whisk fold pour "
        "mix butter salt bake fry cool oil cover grind|ground|ground wash strain crush add warm "
        "brown pepper",
        "log": "sight hoist lower repair pass load stow tar+ drop+ secure haul caulk lash man+",
    },
    "meet": {
        "core": "thank visit follow help meet|met|met see|saw|seen call watch teach|taught|taught "
        "leave|left|left like know|knew|known guard find|found|found nurse answer judge guide",
        "tale": "trick rescue curse kiss love fear marry chase bless beg+ free wound",
        "report": "question charge advise employ train pay|paid|paid warn blame fine arrest sue",
        "letter": "miss invite remember forgive|forgave|forgiven comfort greet tease admire",
        "recipe": "feed|fed|fed",
        "log": "flog+ land bury punish hail relieve order pilot",
    },
    "treat": {
        "core": "change forget+|forgot|forgotten explain answer know|knew|known question like "
        "hear|heard|heard repeat plan+ name",
        "tale": "tell|told|told guess break|broke|broken keep|kept|kept whisper bear|bore|borne",
        "report": "approve reject discuss publish sign review delay consider oppose target tax "
        "announce estimate order claim postpone",
        "letter": "enjoy mention regret+ describe remember plan+ excuse",
        "recipe": "change",
        "log": "report note alter repair sight obey",
    },
    "give": {
        "core": "give|gave|given send|sent|sent show|showed|shown offer hand lend|lent|lent "
        "promise bring|brought|brought sell|sold|sold",
        "tale": "throw|threw|thrown feed|fed|fed toss",
        "report": "pay|paid|paid award grant lease owe",
        "letter": "post mail deliver pass",
        "recipe": "feed|fed|fed",
        "log": "signal+ issue pass",
    },
    "say": {
        "core": "say|said|said think|thought|thought know|knew|known believe hope see|saw|seen "
        "fear hear|heard|heard promise answer",
        "tale": "swear|swore|sworn dream|dreamt|dreamt guess find|found|found whisper",
        "report": "report claim announce warn estimate add argue deny confirm",
        "letter": "write|wrote|written suppose feel|felt|felt imagine wish regret+",
        "recipe": "see|saw|seen",
        "log": "report note signal+ fear judge",
    },
    "begin": {
        "core": "try want begin+|began|begun hope learn refuse forget+|forgot|forgotten promise",
        "tale": "long dare swear|swore|sworn wish",
        "report": "plan+ agree offer fail threaten decide",
        "letter": "mean|meant|meant like love intend",
        "recipe": "begin+|began|begun",
        "log": "attempt prepare fail",
    },
    "phrasal": {
        "core": "pick_up put+|put|put_away take|took|taken_down throw|threw|thrown_out carry_off "
        "turn_over hand_over clean_up bring|brought|brought_in",
        "tale": "cut+|cut|cut_down dig+|dug|dug_up blow|blew|blown_out lock_up",
        "report": "shut+|shut|shut_down set+|set|set_up switch_off call_off carry_out",
        "letter": "wrap+_up try_on write|wrote|written_down hang|hung|hung_up tidy_away",
        "recipe": "cut+|cut|cut_up pour_off take|took|taken_out turn_over stir+_in",
        "log": "haul_in take|took|taken_in cut+|cut|cut_away pump_out break|broke|broken_up",
    },
}

NAMES: dict[str, dict[str, str]] = {
    "first": {
        "core": "Anna Rose Mark Will Grace Tom May Frank Iris Hugo Clara Peter Dawn",
        "tale": "Elsa Jory Hob Wren Robin Perrin",
        "report": "Helen Victor Ruth Daniel Nadia Omar",
        "letter": "Emma Lucy Bertie Edith Harriet Bob Violet",
        "recipe": "Anna",
        "log": "Silas Jonah Abel Caleb Drew",
    },
    "surname": {
        "core": "Hill Ward Cook Baker Marsh Brook Stone Field Arden Reed Fisher Young Long",
        "tale": "Thorn Blackwood Underhill Fox",
        "report": "Price Carver Okafor Lindqvist Sharp Banks Novak",
        "letter": "Fairweather Pemberton Dove Bell Lacey",
        "recipe": "Baker",
        "log": "Salter Crane Gale Tarrant Flint",
    },
    "town": {
        "core": "Arden Orme Marlow Reed Selby Norwick Ashford Kelby",
        "tale": "Thornmere Elfdale Greywater Wolfden",
        "report": "Bramport Stockley Carrow Millbank Tarnside",
        "letter": "Brightsea Lulworth Penrose Chalford",
        "recipe": "Arden",
        "log": "Skarra Tavira Osmund Gannet Halmar",
    },
    "terrain": {
        "core": "Bay Street Bridge Hill Island Square Park Road",
        "tale": "Forest Castle Mountain",
        "report": "Station Harbour District",
        "letter": "Cottage Lane Gardens",
        "recipe": "Farm",
        "log": "Reef Cape Sound Point",
    },
    "body": {
        "core": "Board Council Company Guild Bank School Society",
        "tale": "Guild Court",
        "report": "Railway Union Agency Ministry Trust",
        "letter": "Club Theatre",
        "recipe": "Club",
        "log": "Admiralty Navy Company",
    },
    "branch": {
        "core": "Harbour River Bread Market Water",
        "tale": "Weaver Goblin Royal",
        "report": "Energy Housing Labour Transport Steel",
        "letter": "Garden Music Reading",
        "recipe": "Butter",
        "log": "Whaling Salt Northern",
    },
}

TITLES = ["Mr", "Mrs", "Doctor", "Captain", "Judge", "Miss"]
MONTHS = ["March", "April", "May", "June", "August", "October", "December"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
SEASONS = ["week", "month", "year", "winter", "spring", "summer", "autumn", "night"]
HOURS = ["noon", "midnight", "dawn", "dusk"]
MEALS = ["supper", "breakfast", "dinner", "sunset", "church", "work"]
NUMBERS = ["two", "three", "four", "five", "six", "seven", "ten", "twelve", "twenty"]
MEASURES = {
    "tale": "bag cup bowl cart",
    "report": "ton truck tank box",
    "letter": "cup bottle pot box",
    "recipe": "spoon cup pinch handful bowl slice",
    "log": "cask barrel bag ton",
}
