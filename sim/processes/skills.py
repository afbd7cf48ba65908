"""Digital skills and divide: adults learn, homes get equipment, small shops adopt digital tools.

The divide has two sides. Skills: adults without digital skills learn by themselves, faster where homes are equipped, or
are trained in places of digital mediation; some of those at ease no longer are after some time (MODEL C6.3). Equipment:
homes buy a computer and a connection, and a policy may give some (refurbished computers, cheap access). Small shops and
craftsmen adopt digital tools, faster where people are at ease; that adds a little to the sales of startups around.

The nation has a path without policy (rule N1): its means until the policy starts, the same equations after.
"""

import numpy as np

NAME = "skills"
READS = ("zone.population", "zone.mediation", "zone.mediation_aided", "zone.refurbished", "zone.digital_skills",
         "zone.equipped", "zone.adoption", "zone.trained", "zone.trained_reference", "nation.skills_reference",
         "nation.equipped_reference", "nation.adoption_reference")
WRITES = ("zone.digital_skills", "zone.equipped", "zone.adoption", "zone.trained", "zone.trained_reference",
          "nation.skills_reference", "nation.equipped_reference", "nation.adoption_reference")

EVERY = 3  # months between steps
YEARS = EVERY / 12.0
ADULTS = 53.0 / 63.7  # adults of 18 and over among residents (INSEE, RP2013)
PEOPLE_PER_HOME = 2.2  # INSEE, RP2013
# At the start. Lack of digital skills: 16.5 % of adults in 2019 (INSEE), zone by zone in the territory file.
SKILLS_YEAR, USUAL_LACK = 2019.5, 0.165
EQUIPPED_YEAR, EQUIPPED = 2008.5, 0.61  # share of homes with a computer and the internet: assumption, after CREDOC
ADOPTION_YEAR, ADOPTION = 2012.5, 0.40  # very small firms with digital tools: assumption, after INSEE
MEDIATION_PER_PERSON = 4700 / 63.7e6  # some 4,700 places of digital mediation in 2012-2013
STUDENTS_PER_PERSON = 2.39e6 / 63.7e6  # 2.39 million students in 2012-2013


def next_skills(skills, trained, adults, equipped, usual_equipped, par):
    """Share of adults at ease with digital tools after a quarter (MODEL C6.3).

    Parameters
    ----------
    trained : adults trained in a month
    equipped, usual_equipped : share of equipped homes here, and in the nation on the path without policy
    """
    lacking = 1.0 - skills
    by_themselves = par.learning * (equipped / usual_equipped) ** par.home * lacking
    in_training = par.training * np.minimum(12.0 * trained / adults, lacking)  # e_z times those lacking skills
    return np.clip(skills + YEARS * (by_themselves + in_training - par.forgetting * skills), 0.0, 1.0)


def next_equipped(equipped, given, par):
    """Share of homes with equipment and connection after a quarter; `given` is the share of homes given in a month."""
    bought = YEARS * par.equipping * np.maximum(par.equipped_most - equipped, 0.0)
    return np.minimum(equipped + bought + EVERY * given, 1.0)


def next_adoption(adoption, skills, usual_skills, par):
    """Share of small shops and craftsmen with digital tools after a quarter: faster where people are at ease."""
    pace = np.maximum(1.0 + par.adoption_skills * (skills - usual_skills), 0.0)
    return adoption + YEARS * par.adoption * pace * (1.0 - adoption)


def trainees(places, par):
    """Adults trained in a month by places of digital mediation (MODEL C18)."""
    return places * par.trainees / 12.0


def begin(zone, lack, first_month, par):
    """State of the first month, from the lack of digital skills of 2019: the equations run backwards or forwards."""
    year, adults = first_month / 12.0, ADULTS * zone.population
    zone.mediation[:] = MEDIATION_PER_PERSON * zone.population
    zone.trained[:] = trainees(zone.mediation, par)
    zone.trained_reference[:] = zone.trained
    speed = par.learning + par.forgetting
    level = (par.learning + par.training * 12.0 * zone.trained / np.maximum(adults, 1e-300)) / speed
    back = np.exp(min(speed * (SKILLS_YEAR - year), 20.0))
    zone.digital_skills[:] = np.clip(level + (1.0 - lack - level) * back, 0.05, 0.99)
    ahead = np.exp(-par.equipping * (year - EQUIPPED_YEAR))
    unequipped = (par.equipped_most - EQUIPPED) * lack / USUAL_LACK * ahead
    zone.equipped[:] = np.clip(par.equipped_most - unequipped, 0.05, 1.0)
    without = (1.0 - ADOPTION) * np.exp(-par.adoption * (year - ADOPTION_YEAR))
    zone.adoption[:] = 1.0 - min(without, 0.99)


def advance_path(zone, nation, par):
    """The nation without policy, one quarter later; before any step, its means (rule N1)."""
    people = max(zone.population.sum(), 1e-300)
    trained, adults = zone.trained_reference.sum(), ADULTS * people
    skills, equipped = nation.skills_reference[0], nation.equipped_reference[0]
    nation.adoption_reference[0] = next_adoption(nation.adoption_reference[0], skills, skills, par)
    nation.skills_reference[0] = next_skills(skills, trained, adults, equipped, equipped, par)
    nation.equipped_reference[0] = next_equipped(equipped, 0.0, par)


def freeze_path(zone, nation):
    """Means of the nation, weighted by residents: where the path without policy starts."""
    share = zone.population / max(zone.population.sum(), 1e-300)
    nation.skills_reference[0] = (share * zone.digital_skills).sum()
    nation.equipped_reference[0] = (share * zone.equipped).sum()
    nation.adoption_reference[0] = (share * zone.adoption).sum()


def step(world, par, draw):
    """By quarter: skills, equipment, adoption, and the path of the nation without policy."""
    z, nation = world.zone, world.nation
    if par.skills.active == 1 or (world.month % EVERY and nation.equipped_reference[0] > 0.0):
        return
    before = world.month < par.policy_start or nation.equipped_reference[0] == 0.0  # a world may start under a policy
    if before:
        z.trained_reference[:] = trainees(z.mediation, par.skills)
        freeze_path(z, nation)
    z.trained[:] = trainees(z.mediation + z.mediation_aided, par.skills)
    usual, homes = nation.equipped_reference[0], z.population / PEOPLE_PER_HOME
    skills = next_skills(z.digital_skills, z.trained, np.maximum(ADULTS * z.population, 1e-300), z.equipped, usual,
                         par.skills)
    z.adoption[:] = next_adoption(z.adoption, z.digital_skills, nation.skills_reference[0], par.skills)
    z.equipped[:] = next_equipped(z.equipped, z.refurbished / np.maximum(homes, 1e-300), par.skills)
    z.digital_skills[:] = skills
    if before:
        freeze_path(z, nation)
    else:
        advance_path(z, nation, par.skills)
