"""Every variable of the state, one row each: entity, type, unit, initial value and meaning.

Arrays, checks, the read-only agents of the Mesa view, the data dictionary and the tables of the ODD are all
made from these rows. Fields marked *neutral* are declared for processes of later versions and stay at their
initial value until one writes them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SECTORS = (
    "software and data",
    "health",
    "food and agriculture",
    "clean technology and mobility",
    "finance and security",
    "education, media and creation",
    "connected objects and industry",
    "retail, travel and sport",
)
N_SECTORS = len(SECTORS)
USUAL_HUB_STAFF = 2.0  # FTE of animation staff in an ordinary hub: the unit of stf_h

# status of a talent
ELSEWHERE, EMPLOYEE, FOUNDER, JOBSEEKER = 0, 1, 2, 3
STATUS = ("employed elsewhere", "employee of a startup", "founder", "job-seeker")
# stage of a startup
BOOTSTRAP, SEED, FIRST, LATER = 0, 1, 2, 3
STAGES = ("bootstrap", "seed", "first round", "later rounds")
# how effects respond to money (`response_to_money`)
LINEAR, SATURATING, THRESHOLD = range(3)
# cause of closing
ALIVE, AGE, CASH, GAVE_UP, SOLD = range(5)
CAUSES = ("alive", "hazard", "no cash", "gave up", "sold and closed")
# kind of investor
ANGEL, SEED_FUND, GROWTH_FUND, CORPORATE, FOREIGN, PUBLIC = range(6)
INVESTORS = ("business angel", "seed fund", "growth fund", "corporate fund", "foreign fund", "public co-investor")
# who holds the capital of a startup: `share_founders`, ...; of each kind of investor
HOLDERS = ("founders", "employees", "angels", "funds", "corporate", "foreign", "public", "acquirer")
HOLDER_OF = ("angels", "funds", "funds", "corporate", "foreign", "public")
# kind of innovation place
INCUBATOR, NURSERY, ENLARGER, FABLAB, LIVING_LAB, FOOD_LAB, MEDIA_LAB, COWORKING, CONVIVIAL, CLUSTER = range(10)
FACILITIES = (
    "incubator", "nursery", "growth accelerator", "fablab", "living lab", "food lab", "media lab", "third place",
    "convivial place", "competitiveness cluster",
)
MEASURE = 3
PAYERS = ("usual budgets", "State", "departements", "a measure")  # of places; a measure books its own euros
TIERS = ("State through Caisse des Dépôts", "State through Bpifrance", "région", "département", "métropole")
CRITERIA = (
    "delimited and accessible", "floor on offer", "ultra-fast network", "ecosystem with drive",
    "open innovation", "network and welcome", "convivial and simple", "governance",
)


@dataclass(frozen=True)
class Field:
    """One variable: its initial value `fill` is also what a new row gets when a process says nothing."""

    name: str
    dtype: type
    unit: str
    fill: float
    meaning: str
    per: str = ""  # "sector", "criterion", "delay", "partner" or "year" for a second dimension
    categories: tuple[str, ...] = ()


CELL = (
    Field("x_m", np.float64, "m", 0, "centre, eastings"),
    Field("y_m", np.float64, "m", 0, "centre, northings"),
    Field("size_m", np.float64, "m", 0, "edge of the square"),
    Field("area_km2", np.float64, "km2", 0, "area, shared by population where a border cuts the square"),
    Field("zone", np.int16, "row", -1, "zone the people of the cell belong to"),
    Field("key", np.int32, "id", -1, "identity within the zone, for keyed choices"),
    Field("population", np.float64, "person", 0, "residents"),
    Field("floor_m2", np.float64, "m2", 0, "floor startups and their likes can use"),
    Field("floor_public_m2", np.float64, "m2", 0, "part of that floor let at a subsidised rent"),
    Field("other_m2", np.float64, "m2", 0, "floor used by others"),
    Field("rent", np.float64, "EUR/m2/year", 0, "market rent of offices"),
    Field("rent_reference", np.float64, "EUR/m2/year", 0, "rent at the usual occupancy"),
    Field("discount", np.float64, "1", 0, "rebate on the subsidised floor"),
    Field("staff", np.float64, "FTE", 0, "people working in startups of the cell", "sector"),
    Field("startups", np.float64, "startup", 0, "startups of the cell", "sector"),
    Field("near", np.float64, "FTE", 0, "related employment within a walk (A)", "sector"),
    Field("around", np.float64, "FTE", 0, "related employment within commuting reach (B)", "sector"),
    Field("near_log", np.float64, "1", 0, "benefit of related employment within a walk", "sector"),
    Field("around_log", np.float64, "1", 0, "benefit of related employment within commuting reach", "sector"),
    Field("own", np.float64, "FTE", 0, "employment of the sector itself within commuting reach (E)", "sector"),
    Field("exposure", np.float64, "1", 0, "benefit of neighbours for growth and innovation, as they are met", "sector"),
    Field("attraction", np.float64, "1", 0, "exp of what draws newborn startups and changes by quarter", "sector"),
    Field("weight", np.float64, "m2", 0, "weight of the cell for a newborn startup: free floor times appeal", "sector"),
    Field("diversity", np.float64, "1", 1, "diversity of sectors within commuting reach (J)"),
    Field("hub", np.int16, "row", -1, "hub whose footprint holds the cell"),
    Field("hub_near", np.int16, "row", -1, "nearest hub"),
    Field("hub_km", np.float64, "km", 0, "distance to it"),
    Field("amenity", np.float64, "1", 0, "heritage and nature, 0 to 1"),
    Field("broadband", np.float64, "1", 0, "share of premises with ultra-fast access"),
    Field("creatives", np.float64, "person", 0, "creative workers"),
    Field("conviviality", np.float64, "1/km2", 0, "convivial places"),
    Field("wasteland_m2", np.float64, "m2", 0, "convertible wasteland, in m2 of floor"),
    Field("serendipity", np.float64, "1", 0, "chance of fruitful encounters, 0 to 1"),
    Field("facility", np.float64, "1", 0, "pull of innovation places within a walk"),
    Field("meeting", np.float64, "1", 1, "meeting rate of neighbours, one on average before the policy"),
    Field("knowledge", np.float64, "1", 0, "knowledge of the startups of the cell", "sector"),
    Field("regional", np.float64, "1", 0, "related knowledge within a region (G)", "sector"),
    Field("competition", np.float64, "1", 1, "startups per employee of the sector nearby, over the usual", "sector"),
    Field("anchors", np.float64, "FTE", 0, "people in large firms and laboratories of the cell", "sector"),
    Field("creatives_m2", np.float64, "m2", 0, "floor used by creative workers, part of that used by others"),
    Field("conviviality_base", np.float64, "1/km2", 0, "convivial places with nobody creative around"),
    Field("rent_before", np.float64, "EUR/m2/year", 0, "rent when creative workers last looked"),
    Field("cocreation", np.float64, "1", 0, "laboratories open to users within a walk", "sector"),
    Field("venues", np.float64, "1/km2", 0, "convivial places opened by a policy"),
    Field("broadband_ahead", np.float64, "month", 0, "months of roll-out gained by public money"),
    Field("linked", np.float64, "FTE", 0, "related employment at the far end of its hub's links, as it is felt here",
          "sector"),
)

ZONE = (
    Field("uid", np.uint64, "id", 0, "identity"),
    Field("labour_market", np.int16, "row", 0, "labour market the zone belongs to"),
    Field("x_m", np.float64, "m", 0, "population-weighted centre, eastings"),
    Field("y_m", np.float64, "m", 0, "population-weighted centre, northings"),
    Field("population", np.float64, "person", 0, "residents"),
    Field("appeal", np.float64, "1", 0, "constant of the location choice, fitted to the map before the policy"),
    Field("wage", np.float64, "1", 1, "wage of digital trades against the national mean", "sector"),
    Field("wage_place", np.float64, "1", 0, "log wage premium of density"),
    Field("talents", np.float64, "person", 0, "digital workers, whatever their status", "sector"),
    Field("jobseekers", np.float64, "person", 0, "job-seekers among them", "sector"),
    Field("peers", np.float64, "1", 0, "log of 1 + startups per 1,000 digital workers"),
    Field("ecosystem", np.float64, "1", 0, "local field met by a digital worker of the zone", "sector"),
    Field("places", np.float64, "place", 0, "accelerator places funded in the zone"),
    Field("brand", np.float64, "1", 0, "share of the national brand (V)"),
    Field("pull", np.float64, "1", 0, "weight of the zone for a newborn startup, distance apart", "sector"),
    Field("vacancies", np.float64, "FTE", 0, "vacancies of the month"),
    Field("workforce", np.float64, "person", 0, "digital workers at the start, the scale of later entries", "sector"),
    Field("layers", np.float64, "1", 0, "administrative layers above the reference"),
    Field("overhead", np.float64, "1", 0, "part of public money lost to layers"),
    Field("delay", np.float64, "1", 1, "administrative delay against the reference"),
    Field("ceiling_eur", np.float64, "EUR/year", 0, "public money that the zone can put to use (Ybar)"),
    Field("reach", np.float64, "1", 0, "part of the distance to investors of the capital that links take away"),
    Field("one_stop", np.float64, "1", 0, "one-stop shops for founders, 1 = one for the whole zone"),
    Field("mediation_aided", np.float64, "place", 0, "places of digital mediation paid by a policy"),
    Field("trainees", np.float64, "person/month", 0, "job-seekers with few qualifications trained by a policy"),
    Field("welcomed", np.float64, "person/month", 0, "digital workers from abroad whom a policy helps to come"),
    Field("identity", np.float64, "1", 0, "yearly euros an inhabitant for the zone's identity over a usual effort"),
    Field("grants_eur", np.float64, "EUR", 0, "committed to innovation grants, not yet paid"),
    Field("loans_eur", np.float64, "EUR", 0, "committed to loans, not yet paid"),
    Field("coinvest_eur", np.float64, "EUR", 0, "committed to public co-investment, not yet paid"),
    Field("procurement_eur", np.float64, "EUR", 0, "committed to public purchases from startups, not yet paid"),
    Field("champions_eur", np.float64, "EUR", 0, "committed to champions, not yet paid"),
    Field("open_places", np.float64, "place", 0, "places of incubators opened to older firms by a policy"),
    Field("digital_skills", np.float64, "1", 0, "share of adults at ease with digital tools"),
    Field("equipped", np.float64, "1", 0, "share of homes with equipment and connection"),
    Field("trained", np.float64, "person/month", 0, "adults trained in digital mediation"),
    Field("adoption", np.float64, "1", 0, "share of small shops and craftsmen with digital tools"),
    Field("housing_rent", np.float64, "EUR/m2/month", 13, "rent of flats"),
    Field("finance", np.float64, "1", 0, "log of the investors' money within reach (EUR)"),
    Field("incubators", np.float64, "place", 0, "places of incubators and nurseries open in the zone"),
    Field("desks", np.float64, "desk", 0, "desks of third places"),
    Field("researchers", np.float64, "FTE", 0, "research staff of firms and public laboratories at the start"),
    Field("hardship", np.float64, "1", 0, "log of unemployment of all trades against the nation, at the start"),
    Field("theme", np.float64, "1", 0, "fit of the zone's characteristics with the trade, centred (Phi)", "sector"),
    Field("creatives", np.float64, "person", 0, "creative workers the zone keeps in the long run"),
    Field("students", np.float64, "person", 0, "students"),
    Field("amenity", np.float64, "1", 0, "amenity of the quartiers where people live, on average"),
    Field("housing_reference", np.float64, "EUR/m2/month", 13, "rent of flats at the start"),
    Field("mediation", np.float64, "place", 0, "places of digital mediation open in the zone (EPN)"),
    Field("refurbished", np.float64, "home/month", 0, "homes given a refurbished computer or cheap access by a policy"),
    Field("trained_reference", np.float64, "person/month", 0, "adults trained before the policy"),
    Field("graduates", np.float64, "1", 0, "part of the nation's graduates whose first job is in the zone", "sector"),
    Field("graduates_reference", np.float64, "1", 0, "the same before the policy", "sector"),
)

NATION = (
    Field("goodwill", np.float64, "1", 0, "goodwill of the national brand (S)"),
    Field("brand_eur", np.float64, "EUR/month", 0, "spent on the national brand this month"),
    Field("angel_relief", np.float64, "1", 0, "part of a business angel's deal that the State adds to what existed"),
    Field("young_firm_relief", np.float64, "1", 0, "part of payroll relieved beyond what existed"),
    Field("research_credit", np.float64, "1", 0, "part of research costs credited beyond what existed"),
    Field("near_reference", np.float64, "1", 0, "mean log field before the policy (N1)", "sector"),
    Field("exposure_reference", np.float64, "1", 0, "mean exposure before the policy (N1)", "sector"),
    Field("meeting_reference", np.float64, "1", 1, "mean meeting rate before the policy, not scaled"),
    Field("near_median", np.float64, "FTE", 1, "median of near before the policy", "sector"),
    Field("regional_median", np.float64, "1", 0, "median of related knowledge before the policy", "sector"),
    Field("exposure_median", np.float64, "1", 1, "median exposure before the policy, not transformed", "sector"),
    Field("own_median", np.float64, "FTE", 1, "median of own before the policy", "sector"),
    Field("around_reference", np.float64, "1", 0, "mean log labour pool before the policy (N1)", "sector"),
    Field("peers_reference", np.float64, "1", 0, "mean of peers before the policy (N1)"),
    Field("ecosystem_reference", np.float64, "1", 0, "mean ecosystem before the policy (N1)", "sector"),
    Field("learning_reference", np.float64, "1", 0, "mean of what universities and places teach, before the policy"),
    Field("theme_reference", np.float64, "1", 0, "mean fit of zones with the trade of startups, before the policy",
          "sector"),
    Field("people_per_startup", np.float64, "FTE", 0, "people per startup before the policy (N1)", "sector"),
    Field("competition_reference", np.float64, "1", 0, "mean log of competition before the policy (N1)", "sector"),
    Field("diversity_reference", np.float64, "1", 0, "mean log of diversity before the policy (N1)"),
    Field("serendipity_reference", np.float64, "1", 0, "mean of serendipity before the policy (N1)"),
    Field("broadband_reference", np.float64, "1", 0, "mean of broadband before the policy (N1)"),
    Field("incubators_reference", np.float64, "1", 0, "incubator places per 1,000 digital workers before the policy"),
    Field("finance_reference", np.float64, "1", 0, "mean of finance before the policy (N1)"),
    Field("unemployment_reference", np.float64, "1", 0.05, "mean share of job-seekers before the policy"),
    Field("anchors_reference", np.float64, "FTE", 0, "mean of anchors where startups are, at the start", "sector"),
    Field("incubated_reference", np.float64, "1", 0, "share of young startups in an incubator before the policy"),
    Field("mixing_reference", np.float64, "1", 0, "mean of mixing before the policy"),
    Field("cocreation_reference", np.float64, "1", 0, "mean of cocreation before the policy", "sector"),
    Field("capital_index", np.float64, "1", 1, "venture capital supply against 2013 (M)"),
    Field("trend", np.float64, "1", 1, "size of digital trades against the start, as measured"),
    Field("skills_reference", np.float64, "1", 0, "mean digital skills on the path without policy"),
    Field("equipped_reference", np.float64, "1", 0, "mean share of equipped homes on that path"),
    Field("adoption_reference", np.float64, "1", 0, "mean adoption of digital tools on that path"),
    Field("relief_reference", np.float64, "1", 0, "part of staff costs that tax reliefs give back before the policy"),
    Field("entered", np.float64, "person", 0, "talents who entered since the start"),
    Field("retired", np.float64, "person", 0, "talents who retired since the start"),
)

STARTUP = (
    Field("uid", np.uint64, "id", 0, "identity, from the founder's"),
    Field("alive", np.bool_, "1", 0, "in business"),
    Field("origin_zone", np.int16, "row", -1, "zone of residence of the founder at birth"),
    Field("zone", np.int16, "row", -1, "zone of the head office"),
    Field("cell", np.int32, "row", -1, "quartier of the head office"),
    Field("sector", np.int8, "row", 0, "sector", "", SECTORS),
    Field("birth", np.int32, "month", 0, "month of founding"),
    Field("closed", np.int32, "month", -1, "month of closing, -1 while alive"),
    Field("cause", np.int8, "row", 0, "cause of closing", "", CAUSES),
    Field("founder", np.int32, "row", -1, "row of the first founder among talents, head of the list of founders"),
    Field("first_employee", np.int32, "row", -1, "row of the last hired employee, head of the list of staff"),
    Field("staff", np.int32, "person", 0, "founders and employees"),
    Field("vacancies", np.int32, "person", 0, "places offered this month"),
    Field("quality", np.float64, "1", 0, "latent quality (Q)"),
    Field("revenue_eur", np.float64, "EUR/month", 0, "turnover"),
    Field("cash_eur", np.float64, "EUR", 0, "cash at hand"),
    Field("months_short", np.int16, "month", 0, "months in a row without cash"),
    Field("months_low", np.int16, "month", 0, "months in a row of revenue below the founders' cost"),
    Field("stage", np.int8, "row", 0, "stage of finance", "", STAGES),
    Field("rounds", np.int16, "round", 0, "rounds closed"),
    Field("last_round", np.int32, "month", -1, "month of the last round"),
    Field("seeks_eur", np.float64, "EUR", 0, "money sought this month"),
    Field("raised_eur", np.float64, "EUR", 0, "equity raised from investors"),
    Field("share_founders", np.float64, "1", 1, "part of the capital held by founders"),
    Field("share_angels", np.float64, "1", 0, "part held by business angels"),
    Field("share_employees", np.float64, "1", 0, "part set apart for employees"),
    Field("share_funds", np.float64, "1", 0, "part held by seed and growth funds"),
    Field("share_corporate", np.float64, "1", 0, "part held by corporate funds"),
    Field("share_foreign", np.float64, "1", 0, "part held by foreign funds"),
    Field("share_public", np.float64, "1", 0, "part held by public investors"),
    Field("share_acquirer", np.float64, "1", 0, "part held by the firm that bought it, or by the stock market"),
    Field("lead", np.int32, "row", -1, "investor who led its last round of funds"),
    Field("backer_zone", np.int16, "row", -1, "zone of the investor of that round who is nearest to it"),
    Field("public_part", np.float64, "1", 0, "part of public co-investment in its last round"),
    Field("acquired", np.int32, "month", -1, "month in which it was bought or listed"),
    Field("accelerated_until", np.int32, "month", -1, "last month of the stay in an accelerator"),
    Field("was_accelerated", np.bool_, "1", 0, "has been in an accelerator"),
    Field("aid_eur", np.float64, "EUR", 0, "public money received, in kind included"),
    Field("aided", np.bool_, "1", 0, "has received any"),
    Field("staff_at_five", np.float32, "person", np.nan, "staff at the fifth birthday"),
    Field("knowledge", np.float64, "1", 0, "stock of knowledge (K)"),
    Field("innovations", np.int32, "1", 0, "innovations made"),
    Field("last_innovation", np.int32, "month", -1, "month of the last innovation"),
    Field("innovation_step", np.float64, "1", 0,
          "this month's innovations, less a like firm's usual ones, by their weight in sales"),
    Field("shock", np.float64, "1", 0, "shocks of growth since the last birthday"),
    Field("past_shock", np.float64, "1", 0, "shocks of growth of the year before"),
    Field("founders", np.int8, "person", 1, "founders who work for it, the first included"),
    Field("moved", np.int32, "month", -1, "month of the last move of the head office"),
    Field("champion_until", np.int32, "month", -1, "last month as a champion"),
    Field("restless_until", np.int32, "month", -1, "last month of the year in which a move is likelier"),
    Field("was_large", np.bool_, "1", 0, "has outgrown its first office"),
    Field("remote", np.int32, "person", 0, "employees who work at a distance, in another zone"),
    Field("incubated_until", np.int32, "month", -1, "last month of the stay in an incubator"),
    Field("place", np.int32, "row", -1, "last innovation place it had"),
    Field("place_until", np.int32, "month", -1, "last month of the stay there"),
    Field("mixing", np.float64, "1", 0, "what it gets from unlike firms of the same place"),
    Field("boost", np.float64, "1", 0, "log growth a year that places add, centred"),
    Field("research", np.float64, "1", -1, "part of staff costs spent on research, a trait; -1 before it is drawn"),
    Field("employee_cost", np.float64, "1", 1, "cost of an employee once tax reliefs are off, against the usual one"),
    Field("burn_eur", np.float64, "EUR/month", 0, "what a month costs beyond sales, tax reliefs taken off"),
    Field("contract_eur", np.float64, "EUR", 0, "sold to public buyers this month"),
    Field("granted", np.int32, "month", -1, "month of the first grant, if it came at an early stage"),
    Field("last_grant", np.int32, "month", -1, "month of the last grant"),
    Field("borrowed", np.int32, "month", -1, "month of the last public loan"),
    Field("debt_eur", np.float64, "EUR", 0, "public loan not paid back yet"),
    Field("instalment_eur", np.float64, "EUR/month", 0, "paid back this month"),
    Field("staff_in_january", np.int32, "person", 0, "founders and employees last January"),
)

TALENT = (
    Field("uid", np.uint64, "id", 0, "identity; of a bundle when the weight is above one"),
    Field("alive", np.bool_, "1", 0, "of working age and in the country"),
    Field("weight", np.int32, "person", 0, "people this row stands for"),
    Field("left", np.int32, "person", 0, "people who have left this bundle"),
    Field("bundle", np.int32, "row", -1, "bundle a single person came from"),
    Field("turn", np.int8, "month", 0, "month of the year, 0 to 11, in which the row has its turn"),
    Field("zone", np.int16, "row", -1, "zone of residence"),
    Field("origin_zone", np.int16, "row", -1, "zone of origin"),
    Field("sector", np.int8, "row", 0, "trade", "", SECTORS),
    Field("birth", np.int32, "month", 0, "month of birth"),
    Field("skill", np.float32, "1", 1, "efficiency, mean one"),
    Field("status", np.int8, "row", 0, "status", "", STATUS),
    Field("employer", np.int32, "row", -1, "startup, for employees and founders"),
    Field("next_employee", np.int32, "row", -1, "next in its list of employees (hired before) or of founders"),
    Field("previous_employee", np.int32, "row", -1, "previous in the list of employees: hired after"),
    Field("hired", np.int32, "month", -1, "month of hiring"),
    Field("foundations", np.int8, "startup", 0, "startups founded"),
    Field("succeeded", np.bool_, "1", 0, "has founded a startup that reached ten people"),
    Field("wealth_eur", np.float64, "EUR", 0, "earned in the sale of startups, taxes paid"),
    Field("literacy", np.float32, "1", 1, "digital literacy: ease in the search for a job"),
    Field("remote", np.bool_, "1", 0, "works at a distance from the employer, in another zone"),
    Field("alumni_until", np.int32, "month", -1, "last month as a graduate of a successful exit"),
)

INVESTOR = (
    Field("uid", np.uint64, "id", 0, "identity"),
    Field("kind", np.int8, "row", 0, "kind", "", INVESTORS),
    Field("zone", np.int16, "row", -1, "zone of the office or home"),
    Field("sector", np.int8, "row", 0, "preferred sector", "", SECTORS),
    Field("share", np.float64, "1", 0, "part of the supply of its kind, foreign or not; of angels, deals a year"),
    Field("money_eur", np.float64, "EUR", 0, "money left to invest (dry powder)"),
    Field("deals", np.int32, "deal", 0, "investments made"),
    Field("invested_eur", np.float64, "EUR", 0, "money invested since the start"),
    Field("largest_eur", np.float64, "EUR", 0, "largest ticket"),
    Field("active", np.bool_, "1", 1, "looks for startups"),
    Field("novice", np.bool_, "1", 0, "came for a tax relief"),
    Field("vintage", np.int32, "month", -1, "month in which its present fund was raised"),
    Field("returned_eur", np.float64, "EUR", 0, "received from sales of startups whose last round it led"),
    Field("met", np.int32, "1", 0, "times it shared a round with another investor"),
    Field("partners", np.uint64, "id", 0, "the last investors it shared rounds with", "partner"),
)

FUNDER = (
    Field("uid", np.uint64, "id", 0, "identity"),
    Field("tier", np.int8, "row", 0, "tier", "", TIERS),
    Field("zone", np.int16, "row", -1, "jurisdiction of a département or a métropole, -1 for others"),
    Field("region", np.int16, "id", -1, "number of the région, -1 for others"),
    Field("announced_eur", np.float64, "EUR", 0, "money announced for the whole window"),
    Field("committed_eur", np.float64, "EUR", 0, "money committed so far"),
    Field("paid_eur", np.float64, "EUR", 0, "money paid so far"),
    Field("recovered_eur", np.float64, "EUR", 0, "money that came back so far"),
    Field("announced_year_eur", np.float64, "EUR/year", 0, "money announced, by year of the policy", "year"),
    Field("committed_year_eur", np.float64, "EUR/year", 0, "money committed, by year of the policy", "year"),
    Field("paid_year_eur", np.float64, "EUR/year", 0, "money paid, by year of the policy", "year"),
)

HUB = (
    Field("uid", np.uint64, "id", 0, "identity"),
    Field("zone", np.int16, "row", -1, "zone"),
    Field("cell", np.int32, "row", -1, "quartier at its centre"),
    Field("x_m", np.float64, "m", 0, "eastings"),
    Field("y_m", np.float64, "m", 0, "northings"),
    Field("share", np.float64, "1", 0, "share of the envelope"),
    Field("place", np.int16, "id", -1, "rank among the candidates of the policy"),
    Field("since", np.int32, "month", -1, "first month with the label"),
    Field("lost", np.int32, "month", -1, "month in which the label was lost, -1 while kept"),
    Field("labelled", np.bool_, "1", 0, "has the label"),
    Field("governance", np.float64, "1", 0, "quality of governance (g)"),
    Field("staff_fte", np.float64, "FTE", 0, "animation staff"),
    Field("floor_m2", np.float64, "m2", 0, "public floor opened"),
    Field("building_m2", np.float64, "m2", 0, "public floor that opens in so many months", "delay"),
    Field("places", np.float64, "place", 0, "accelerator places of the month"),
    Field("places_eur", np.float64, "EUR/month", 0, "useful euros that paid for the accelerator places of the month"),
    Field("residents", np.float64, "startup", 0, "startups in the accelerator"),
    Field("brand", np.float64, "1", 0, "share of the brand (V)"),
    Field("showcase", np.float64, "1", 0, "goodwill of its own"),
    Field("showcase_eur", np.float64, "EUR/month", 0, "spent on its own visibility"),
    Field("abroad", np.float64, "1", 0, "strength of its links to foreign capitals"),
    Field("links", np.float64, "link", 0, "links to other hubs paid for this month"),
    Field("foreign_links", np.float64, "link", 0, "links to foreign capitals paid for this month"),
    Field("board", np.float64, "1", 0, "effort on governance paid for this month, 1 = a full programme"),
    Field("score", np.float64, "1", 0, "score on the eight criteria (L)"),
    Field("criteria", np.float64, "1", 0, "the eight criteria", "criterion"),
    Field("promised", np.float64, "1", 0, "the eight criteria as the plan promises them", "criterion"),
    Field("audited", np.int32, "month", -1, "month of the last audit"),
    Field("paid_eur", np.float64, "EUR", 0, "money spent here, State and local"),
)

FACILITY = (
    Field("uid", np.uint64, "id", 0, "identity"),
    Field("zone", np.int16, "row", -1, "zone"),
    Field("cell", np.int32, "row", -1, "quartier"),
    Field("kind", np.int8, "row", 0, "kind", "", FACILITIES),
    Field("sector", np.int8, "row", -1, "trade it serves, -1 for all"),
    Field("places", np.float64, "place", 0, "startups it can hold"),
    Field("desks", np.float64, "desk", 0, "desks for people who work alone or at a distance"),
    Field("members", np.float64, "startup", 0, "startups it holds"),
    Field("decided", np.int32, "month", -1, "month in which it was decided"),
    Field("opened", np.int32, "month", -1, "first month"),
    Field("closed", np.int32, "month", -1, "month of closing, -1 if none is known; members finish their stay"),
    Field("cost_eur", np.float64, "EUR/year", 0, "cost at the national mean of wages and rents"),
    Field("size", np.float64, "1", 1, "size against an ordinary place of its kind"),
    Field("measure", np.int16, "row", -1, "rank of the measure that opened it, -1 for none"),
    Field("payer", np.int8, "row", 0, "who pays", "", PAYERS),
)

LINK = (
    Field("one", np.int16, "row", -1, "hub at one end"),
    Field("other", np.int16, "row", -1, "hub at the other end"),
    Field("strength", np.float64, "1", 0, "strength of the link (P), 0 to 1"),
)

ENTITIES: dict[str, tuple[Field, ...]] = {
    "cell": CELL, "zone": ZONE, "nation": NATION, "startup": STARTUP, "talent": TALENT,
    "investor": INVESTOR, "funder": FUNDER, "hub": HUB, "facility": FACILITY,
    "link": LINK,
}
PARTNERS = 8  # co-investors that an investor remembers
LONGEST_DELAY = 60  # months between paying for floor and opening it
MOST_YEARS = 40  # of a policy: a run is no longer
WIDTH = {"": 0, "delay": LONGEST_DELAY, "year": MOST_YEARS, "sector": N_SECTORS, "criterion": len(CRITERIA),
         "partner": PARTNERS}

# Fields that hold the row of another entity: what a permutation of rows must follow.
ROW_LINKS: dict[str, str] = {
    "cell.zone": "zone", "cell.hub": "hub", "cell.hub_near": "hub",
    "startup.origin_zone": "zone", "startup.zone": "zone",
    "startup.cell": "cell", "startup.founder": "talent", "startup.first_employee": "talent",
    "talent.zone": "zone",
    "talent.origin_zone": "zone", "talent.bundle": "talent", "talent.employer": "startup",
    "talent.next_employee": "talent", "talent.previous_employee": "talent",
    "investor.zone": "zone", "funder.zone": "zone", "hub.zone": "zone", "hub.cell": "cell",
    "facility.zone": "zone", "facility.cell": "cell", "startup.place": "facility",
    "startup.lead": "investor", "startup.backer_zone": "zone",
    "link.one": "hub", "link.other": "hub",
}


def allocate(field: Field, rows: int) -> np.ndarray:
    """Array of a field for `rows` rows at its initial value, [rows] or [rows, width]."""
    width = WIDTH[field.per]
    shape = (rows, width) if width else (rows,)
    return np.full(shape, field.fill, dtype=field.dtype)
