"""Break the model in one place at a time; the test that claims to notice must: ``python tests/mutants.py``.

Each mutant replaces one piece of source in a copy of the package; the named test must then fail. A mutant whose
test passes is a hole in the tests. Names or numbers given as arguments choose among mutants. Takes some minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Mutant:
    """One break: in `file`, `old` becomes `new`; `test` (a pytest node) is to fail."""

    name: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        "nine rounds of Philox",
        "sim/rng.py",
        "range(10)",
        "range(9)",
        "test_rng.py::test_philox_gives_the_published_answers",
    ),
    Mutant(
        "seed left out of the key",
        "sim/rng.py",
        "        np.uint32(draw.seed),\n",
        "        _W0,\n",
        "test_rng.py::test_uniform_and_independent_along",
    ),
    Mutant(
        "uniforms that reach one",
        "sim/rng.py",
        ">> _SHIFT12) + 0.5) * _TWO_52",
        ">> np.uint64(11)) + 0.5) * (0.5 * _TWO_52)",
        "test_rng.py::test_uniforms_keep_away_from_zero_and_one",
    ),
    Mutant(
        "Poisson that underflows",
        "sim/rng.py",
        "if mean > 500.0:",
        "if mean > 1e9:",
        "test_rng.py::test_poisson_is_the_exact_quantile",
    ),
    Mutant(
        "binomial that underflows",
        "sim/rng.py",
        "    if p > 0.5:",
        "    if p > 2.0:",
        "test_rng.py::test_binomial_is_the_exact_quantile",
    ),
    Mutant(
        "exponentials out of step",
        "sim/rng.py",
        "    elif word == np.uint64(2):\n        x = c\n",
        "    elif word == np.uint64(2):\n        x = b\n",
        "test_rng.py::test_exponentials_of_four_alternatives_come_from_four_words",
    ),
    Mutant(
        "alternatives left out too soon",
        "sim/rng.py",
        "1.0 - luck[j] < best * weight[j]",
        "1.0 - luck[j] < 0.5 * best * weight[j]",
        "test_rng.py::test_the_choice_is_the_smallest_exponential_over_weight",
    ),
    Mutant(
        "circles sorted by arc only",
        "sim/kernels.py",
        "place[rows[k - 1]] > place[row]",
        "False",
        "test_state.py::test_circles_are_sorted_by_group_and_place",
    ),
    Mutant(
        "venues without people make encounters",
        "sim/processes/creatives.py",
        "-conviviality * people / (area_km2",
        "-conviviality / (area_km2",
        "test_places.py::test_serendipity_is_the_chance_of_one_encounter_or_more",
    ),
    Mutant(
        "creative workers lost when priced out",
        "sim/processes/creatives.py",
        "par.speed / 4.0 * (target - creatives) - leaving * creatives",
        "par.speed / 4.0 * (target - creatives) - 1.1 * leaving * creatives",
        "test_places.py::test_creative_workers_are_conserved",
    ),
    Mutant(
        "a fall of rents drives away too",
        "sim/processes/creatives.py",
        "np.minimum(rent_before / rent, 1.0) ** par.displacement",
        "(rent_before / rent) ** par.displacement",
        "test_places.py::test_only_a_rise_of_rents_drives_away",
    ),
    Mutant(
        "wasteland converted and kept",
        "sim/processes/rents.py",
        "        wasteland_m2[c] -= reused[c]\n",
        "",
        "test_places.py::test_floor_is_built_or_converted_and_counted",
    ),
    Mutant(
        "startups that like dear quartiers",
        "sim/processes/location.py",
        "- par.rent * math.log(rent)",
        "+ par.rent * math.log(rent)",
        "test_places.py::test_a_dearer_quartier_gets_fewer_startups",
    ),
    Mutant(
        "venues that depend on the size of quartiers",
        "sim/processes/creatives.py",
        "np.log1p(creatives / area_km2)",
        "np.log1p(creatives)",
        "test_places.py::test_a_quarter_of_creative_life_does_not_depend_on_how_quartiers_are_cut",
    ),
    Mutant(
        "broadband in the countryside first",
        "sim/processes/broadband.py",
        "par.midpoint - par.lag",
        "par.midpoint + par.lag",
        "test_places.py::test_broadband_follows_the_published_curve",
    ),
    Mutant(
        "a zone's own hospital alone",
        "sim/initial_places.py",
        "HEALTH_LINK * linked",
        "HEALTH_LINK * hospitals",
        "test_places.py::test_health_is_a_link_not_a_distance",
    ),
    Mutant(
        "places that hold one too many",
        "sim/kernels.py",
        "min(first + int(room[g]), last)",
        "min(first + int(room[g]) + 1, last)",
        "test_facilities.py::test_a_place_never_holds_more_than_it_can",
    ),
    Mutant(
        "a queue by row",
        "sim/processes/facilities.py",
        "np.log(-np.log(rng.uniforms(draw, rng.ADMIT_PLACE, f.uid[asking])))",
        "np.log(-np.log(rng.uniforms(draw, rng.ADMIT_PLACE, asking.astype(np.uint64))))",
        "test_facilities.py::test_the_queue_is_keyed_by_identity",
    ),
    Mutant(
        "shelter that is not centred",
        "sim/processes/closure.py",
        "/ (1.0 - effect * usual)",
        "",
        "test_facilities.py::test_shelter_lowers_the_hazard_by_a_fifth_and_leaves_the_mean",
    ),
    Mutant(
        "mixing that is not centred",
        "sim/processes/facilities.py",
        "(f.mixing - world.nation.mixing_reference[0])",
        "f.mixing",
        "test_facilities.py::test_growth_is_boosted_and_centred",
    ),
    Mutant(
        "the more unlike the better",
        "sim/processes/facilities.py",
        "4.0 * share * (1.0 - share)",
        "share",
        "test_facilities.py::test_mixing_is_best_between_like_and_unlike",
    ),
    Mutant(
        "rent spared that nobody pays",
        "sim/processes/facilities.py",
        "            cash[i] += spared[n]\n",
        "",
        "test_facilities.py::test_money_is_booked_and_public_money_is_aid",
    ),
    Mutant(
        "a place asked for across borders",
        "sim/processes/facilities.py",
        "range(start[zone[rows[k]]], start[zone[rows[k]] + 1])",
        "range(by_zone.size)",
        "test_facilities.py::test_places_are_asked_within_reach_of_the_same_zone_the_nearest_first",
    ),
    Mutant(
        "links left behind when rows move",
        "sim/world.py",
        "_follow(getattr(self.tables[holder], name), place)",
        "pass",
        "test_invariance.py::test_rows_put_in_order_change_nothing",
    ),
    Mutant(
        "two purposes with one number",
        "sim/rng.py",
        "QUIT_WHO = np.uint64(10)",
        "QUIT_WHO = np.uint64(9)",
        "test_rng.py::test_purposes_are_unique_and_fit_their_bits",
    ),
    Mutant(
        "the dead lend their traits",
        "sim/world.py",
        "            column[len(rows) :] = field.fill\n",
        "            pass\n",
        "test_state.py::test_newcomers_get_rows_that_nobody_had_this_year",
    ),
    Mutant(
        "arms that part after the first has money",
        "sim/engine.py",
        "    return int(min(*starts, scenario.end)) - 1\n",
        "    return int(min(*starts, scenario.end)) + 1\n",
        "test_counterfactual.py::test_arms_that_go_together_until_the_first_has_money_end_as_each_does_alone",
    ),
    Mutant(
        "a year closed where arms part",
        "sim/engine.py",
        "seconds=trunk.seconds, end=scenario.end)",
        "seconds=trunk.seconds)",
        "test_counterfactual.py::test_arms_that_go_together_until_the_first_has_money_end_as_each_does_alone",
    ),
    Mutant(
        "arms that write into one book",
        "sim/recorder.py",
        "years=self.years.copy(), ",
        "",
        "test_counterfactual.py::test_arms_that_go_together_until_the_first_has_money_end_as_each_does_alone",
    ),
    Mutant(
        "a digest blind to hubs",
        "sim/world.py",
        "            for name, array in table.columns().items():\n                hasher",
        "            for name, array in table.columns().items() if kind != 'hub' else ():\n"
        "                hasher",
        "test_state.py::test_the_digest_sees_every_field",
    ),
    Mutant(
        "the ledger shared by copies",
        "sim/world.py",
        "{key: array.copy() for key, array in self.ledger.items()}",
        "dict(self.ledger)",
        "test_state.py::test_copies_share_nothing",
    ),
    Mutant(
        "everybody leaves a bundle twice",
        "sim/people.py",
        "        weight[b] -= 1\n",
        "        weight[b] -= 2\n",
        "test_state.py::test_singling_out_takes_as_many_people_as_rows_are_named",
    ),
    Mutant(
        "rejoining a bundle that has retired",
        "sim/people.py",
        "alive[p] and alive[b] and status[b]",
        "alive[p] and status[b]",
        "test_state.py::test_single_people_rejoin_their_own_bundle_and_no_other",
    ),
    Mutant(
        "a list of staff cut short",
        "sim/people.py",
        "            next_employee[before] = after\n",
        "            next_employee[before] = -1\n",
        "test_state.py::test_staff_lists_last_come_first_and_survive_departures_anywhere",
    ),
    Mutant(
        "a reading not declared",
        "sim/processes/growth.py",
        '"cell.exposure", ',
        "",
        "test_contracts.py::test_what_a_process_does_not_read_may_be_anything",
    ),
    Mutant(
        "a writing not declared",
        "sim/processes/rents.py",
        'WRITES = ("cell.rent", "cell.floor_m2", "cell.wasteland_m2")',
        'WRITES = ("cell.rent", "cell.wasteland_m2")',
        "test_contracts.py::test_only_what_a_process_writes_changes",
    ),
    Mutant(
        "places that multiply founding",
        "sim/processes/founding.py",
        "max(1.0 + par.incubation * places + par.incubators * incubators, 0.0)",
        "math.exp(par.incubation * places + par.incubators * incubators)",
        "test_founders.py::test_each_place_brings_as_many_startups_as_the_next",
    ),
    Mutant(
        "a label that attracts by itself",
        "sim/processes/location.py",
        "governance * math.log2(1.0 + staff_fte / USUAL_HUB_STAFF)",
        "governance",
        "test_invariance.py::test_a_label_without_money_changes_nothing",
    ),
    Mutant(
        "a rebate without floor",
        "sim/processes/measures.py",
        "c.discount[h.cell[h.floor_m2 > 0.0]]",
        "c.discount[h.cell]",
        "test_invariance.py::test_a_label_without_money_changes_nothing",
    ),
    Mutant(
        "residents that nobody pays for",
        "sim/processes/accelerators.py",
        "staying = leave(world, month)",
        "staying = residents(month, f.alive, f.accelerated_until)",
        "test_windows.py::test_an_accelerator_serves_no_more_than_its_places",
    ),
    Mutant(
        "pots that outlive their lever",
        "sim/policy.py",
        "m.kind == kind and m.first <= month <= m.last",
        "m.kind == kind and m.first <= month",
        "test_windows.py::test_a_pot_closes_with_its_window",
    ),
    Mutant(
        "money a month early",
        "sim/processes/measures.py",
        "month < policy.first:",
        "month < policy.first - 1:",
        "test_invariance.py::test_money_does_nothing_before_its_first_month",
    ),
    Mutant(
        "a short window that costs less",
        "sim/policy.py",
        "share * (eur.sum() / within)",
        "share",
        "test_calls.py::test_a_lever_with_a_window_of_its_own_spends_its_whole_share_in_it",
    ),
    Mutant(
        "a budget known in advance",
        "sim/policy.py",
        "self.state_eur[month - self.first] * measure.share",
        "self.state_eur.mean() * measure.share",
        "test_invariance.py::test_scenarios_equal_until_a_month_are_identical_until_then",
    ),
    Mutant(
        "threads that skip rows",
        "sim/kernels.py",
        "submit(loop, a, b, *arguments)",
        "submit(loop, a, b - 1, *arguments)",
        "test_invariance.py::test_threads_do_not_matter",
    ),
    Mutant(
        "32 bits compiled, 64 interpreted",
        "sim/processes/founding.py",
        "math.log(np.float64(skill))",
        "math.log(skill)",
        "test_invariance.py::test_interpreted_equals_compiled",
    ),
    Mutant(
        "types that the disk forgets",
        "sim/params/__init__.py",
        "    globals()[kind.__name__] = kind\n",
        "",
        "test_invariance.py::test_compiled_code_comes_back_from_the_disk",
    ),
    Mutant(
        "investors served by row",
        "sim/processes/funding.py",
        "np.lexsort((v.uid[investor], -worth, f.uid[startup]))",
        "np.lexsort((np.arange(worth.size), startup))",
        "test_invariance.py::test_the_order_of_rows_does_not_matter",
    ),
    Mutant(
        "newborn firms in the order of rows",
        "sim/processes/founding.py",
        '    order = np.argsort(uid, kind="stable")\n',
        "    order = np.arange(uid.size)\n",
        "test_invariance.py::test_the_order_of_rows_does_not_matter",
    ),
    Mutant(
        "floor that counts less than one",
        "sim/processes/location.py",
        "common = free * math.exp",
        "common = free**0.9 * math.exp",
        "test_invariance.py::test_cutting_quartiers_leaves_zone_shares_alone_without_fields",
    ),
    Mutant(
        "births on a fixed schedule",
        "sim/processes/founding.py",
        "luck[k] < highest * times * weight[j]",
        "(0.618033988749895 * j) % 1.0 < highest * times * weight[j]",
        "test_statistics.py::test_births_are_poisson",
    ),
    Mutant(
        "a hump at one year",
        "sim/processes/closure.py",
        "(age_years / 2.0) * math.exp(1.0 - age_years / 2.0)",
        "age_years * math.exp(1.0 - age_years)",
        "test_statistics.py::test_survival_follows_the_hump_of_the_hazard",
    ),
    Mutant(
        "a yearly hazard every month",
        "sim/processes/closure.py",
        "hazard / 12.0",
        "hazard / 11.0",
        "test_statistics.py::test_survival_is_exponential_under_a_constant_hazard",
    ),
    Mutant(
        "theta applied twice",
        "sim/processes/location.py",
        "appeal + par.nest * inclusive",
        "appeal + par.nest**2 * inclusive",
        "test_statistics.py::test_choices_are_a_nested_logit",
    ),
    Mutant(
        "zones and quartiers share their luck",
        "sim/choice.py",
        "pick_cell(draw, cell_purpose,",
        "pick_cell(draw, zone_purpose,",
        "test_statistics.py::test_choices_are_a_nested_logit",
    ),
    Mutant(
        "normal shocks of every month",
        "sim/processes/growth.py",
        "    return root * rng.normal_quantile(v)",
        "    return 0.5 * rng.normal_quantile(v)",
        "test_statistics.py::test_yearly_growth_is_laplace_at_k_one",
    ),
    Mutant(
        "growth with one variance too many",
        "sim/processes/growth.py",
        "-np.expm1(-grid)) / tail)",
        "-np.expm1(-grid)) / tail / 0.95)",
        "test_statistics.py::test_yearly_growth_has_the_moments_of_its_law",
    ),
    Mutant(
        "sales that nobody pays",
        "sim/processes/cash.py",
        "        cash[i] += revenue[i] + back - spent[k]\n",
        "        cash[i] += revenue[i] + back - spent[k] + 0.01\n",
        "test_conservation.py::test_money_and_people_add_up_every_month",
    ),
    Mutant(
        "capital diluted once too often",
        "sim/rounds.py",
        "share[i] * (1.0 - stake)",
        "share[i] * (1.0 - 0.9 * stake)",
        "test_conservation.py::test_money_and_people_add_up_every_month",
    ),
    Mutant(
        "retirement without farewell",
        "sim/processes/population.py",
        "        nation.retired[0] += t.weight[leaving].sum()\n",
        "        nation.retired[0] += leaving.sum()\n",
        "test_conservation.py::test_money_and_people_add_up_every_month",
    ),
    Mutant(
        "accounts nobody checks",
        "sim/checks.py",
        '    _close("people", month, now.people, before.people, now.people)\n',
        "",
        "test_conservation.py::test_the_monthly_check_notices",
    ),
    Mutant(
        "capital checked to five places",
        "sim/checks.py",
        "rtol=0.0, atol=1e-9",
        "atol=1e-9",
        "test_conservation.py::test_the_check_of_the_whole_state_notices",
    ),
    Mutant(
        "the best zone's luck is everybody's",
        "sim/processes/founding.py",
        "par.base_hazard * factor[zone[i], sector[i]] * par.startup",
        "par.base_hazard * factor.max() * par.startup",
        "test_counterfactual.py::test_places_in_one_zone_change_no_founder_elsewhere",
    ),
    Mutant(
        "births that depend on other births",
        "sim/processes/founding.py",
        "rng.uniform_pair(draw, rng.QUALITY, uid[i])",
        "rng.uniform_pair(draw, rng.QUALITY, np.uint64(i))",
        "test_counterfactual.py::test_one_more_isolated_firm_changes_nobody_else",
    ),
    Mutant(
        "choices by rank of the weight",
        "sim/choice.py",
        "rng.choose(draw, zone_purpose, uid[i], 0, zones)",
        "rng.choose(draw, zone_purpose, uid[i], 4 * int(1e6 * zones[0]), zones)",
        "test_counterfactual.py::test_more_appeal_brings_newborn_firms_in_and_moves_nobody_else",
    ),
    Mutant(
        "no floor divides by nothing",
        "sim/processes/rents.py",
        "/ floor_m2 if floor_m2 > 0.0 else 1.0",
        "/ floor_m2",
        "test_extremes.py::test_no_floor_anywhere",
    ),
    Mutant(
        "no investor is not thought of",
        "sim/processes/funding.py",
        "if p.active == 1 or v.n == 0:",
        "if p.active == 1 or v.uid[0] == 0:",
        "test_extremes.py::test_no_investor",
    ),
    Mutant(
        "a process that knows another",
        "sim/processes/rents.py",
        "import math\n",
        "import math\n\nfrom sim.processes import cash\n",
        "test_hygiene.py::test_processes_do_not_know_each_other",
    ),
    Mutant(
        "pandas in a process",
        "sim/processes/cash.py",
        "import numpy as np\n",
        "import numpy as np\nimport pandas\n",
        "test_hygiene.py::test_pandas_stays_out_of_the_simulation",
    ),
    Mutant(
        "another generator",
        "sim/processes/drivers.py",
        "    world.nation.capital_index[:] =",
        "    np.random.seed(1)\n    world.nation.capital_index[:] =",
        "test_hygiene.py::test_all_chance_comes_from_keyed_draws",
    ),
    Mutant(
        "relaxed floating point",
        "sim/kernels.py",
        "nogil=True,",
        "nogil=True, fastmath=True,",
        "test_hygiene.py::test_floating_point_rules_are_never_relaxed",
    ),
    Mutant(
        "a cache that forgets the parameters",
        "sim/kernels.py",
        '"teams.py",\n          "params")',
        '"teams.py")',
        "test_hygiene.py::test_the_cache_of_compiled_code_knows_every_file_that_kernels_share",
    ),
    Mutant(
        "an order nobody described",
        "sim/processes/__init__.py",
        "    rents,  # offices",
        "    mobility,  # people\n    rents,  # offices",
        "test_hygiene.py::test_the_description_follows_the_schedule",
    ),
    Mutant(
        "two versions",
        "sim/__init__.py",
        '__version__ = "',
        '__version__ = "9',
        "test_hygiene.py::test_one_version_everywhere",
    ),
    Mutant(
        "money that prefers far away",
        "sim/compare/null_model.py",
        "(1.0 + km / 10.0) ** -DISTANCE",
        "(1.0 + km / 10.0) ** DISTANCE",
        "test_null_model.py::test_money_goes_near",
    ),
    Mutant(
        "a hump that never ends",
        "sim/processes/spillovers.py",
        "max((end - x) / (end - top), -0.5)",
        "max((end - x) / (end - top), 0.0)",
        "test_fields.py::test_the_hump_peaks_at_650_jobs_and_ends_at_9000",
    ),
    Mutant(
        "a log that is not anchored",
        "sim/processes/spillovers.py",
        "(1.0 + scale) * math.log",
        "math.log",
        "test_fields.py::test_forms_have_one_level_and_slope_at_the_median",
    ),
    Mutant(
        "fields centred on the current state",
        "sim/processes/spillovers.py",
        "        freeze = world.month < par.policy_start\n        refresh(world, par.spillovers, freeze)",
        "        freeze = True\n        refresh(world, par.spillovers, freeze)",
        "test_reference.py::test_public_money_agrees",
    ),
    Mutant(
        "an identity that counts each lever apart",
        "sim/processes/measures.py",
        "    z.identity += 12.0 * eur / np.maximum(z.population, 1.0) / measure.terms[\"cost_per_person\"]\n",
        "    z.identity += np.log1p(12.0 * eur / np.maximum(z.population, 1.0) / measure.terms[\"cost_per_person\"])\n",
        "test_levers.py::test_three_levers_of_a_kind_buy_no_more_than_one",
    ),
    Mutant(
        "a second one-stop shop that shortens delays too",
        "sim/processes/governance.py",
        "shops = np.minimum(one_stop, 1.0)",
        "shops = one_stop",
        "test_state_money.py::test_layers_cost_money_and_time",
    ),
    Mutant(
        "competition against the nation of the day",
        "sim/processes/spillovers.py",
        "    if freeze or not nation.people_per_startup.any():\n",
        "    if True:\n",
        "test_fields.py::test_competition_far_away_does_not_change_when_startups_grow_here",
    ),
    Mutant(
        "entry that answers to places against the nation of the day",
        "sim/processes/spillovers.py",
        "    zone_fields(c.zone, c.floor_m2, c.near_log, c.startups, z.talents, z.peers, z.ecosystem)\n\n\ndef step",
        "    zone_fields(c.zone, c.floor_m2, c.near_log, c.startups, z.talents, z.peers, z.ecosystem)\n"
        "    freeze_reference(world)\n\n\ndef step",
        "test_fields.py::test_ten_per_cent_more_everywhere_raises_national_entry_and_a_gain_in_one_place_lowers_no_other",
    ),
    Mutant(
        "a hump that attracts",
        "sim/processes/spillovers.py",
        "    form = ELASTICITY if p.form == HUMP else p.form\n",
        "    form = LOG if p.form == HUMP else p.form\n",
        "test_fields.py::test_the_hump_does_not_act_on_location",
    ),
    Mutant(
        "a form that forgets the sea",
        "sim/space.py",
        "            weight[k] /= share",
        "            weight[k] /= 1.0",
        "test_fields.py::test_diffusion_keeps_a_uniform_field_and_the_maximum_principle",
    ),
    Mutant(
        "the wrong tipping point",
        "sim/stability.py",
        "(1.0 + dispersion) * (1.0 + coupling)",
        "(1.0 + dispersion) * (1.0 + coupling) ** 2",
        "test_fields.py::test_the_tipping_point_of_two_regions",
    ),
    Mutant(
        "a pull that counts half",
        "sim/processes/location.py",
        "return par.walk * near + par.commute",
        "return 0.5 * par.walk * near + par.commute",
        "test_fields.py::test_a_small_label_shifts_shares_by_its_multiplier",
    ),
    Mutant(
        "an inversion that stops early",
        "sim/build.py",
        "    for _ in range(1000):",
        "    for _ in range(2):",
        "test_fields.py::test_founders_choices_reproduce_the_map_before_the_policy",
    ),
    Mutant(
        "a counterfactual that answers twice",
        "sim/processes/location.py",
        "- par.rent * math.log(rent)",
        "- 2.0 * par.rent * math.log(rent)",
        "test_fields.py::test_a_counterfactual_answers_through_elasticities_alone",
    ),
    Mutant(
        "movers without a sunk cost",
        "sim/processes/relocation.py",
        "math.exp(p.sunk)",
        "math.exp(0.0 * p.sunk)",
        "test_fields.py::test_movers_choose_by_a_nested_logit_and_leave_their_quartier",
    ),
    Mutant(
        "movers asked every quarter",
        "sim/processes/relocation.py",
        "world.month // MOVE_EVERY, YEAR // MOVE_EVERY,",
        "world.month // MOVE_EVERY, 1,",
        "test_fields.py::test_startups_move_at_their_hazard_once_a_year",
    ),
    Mutant(
        "squares that cut quartiers",
        "sim/space.py",
        "    side = largest * max(1, round(1000.0 * side_km / (largest * grid.step_m)))",
        "    side = max(1, round(1000.0 * side_km / grid.step_m)) + 1",
        "test_fields.py::test_squares_of_a_region_hold_whole_quartiers_however_they_are_cut",
    ),
    Mutant(
        "zonings that change what firms feel",
        "sim/processes/spillovers.py",
        "return (hump(jobs, peak, zero) - hump(at, peak, zero)) / slope",
        "return math.log((1.0 + jobs) / (1.0 + at))",
        "test_fields.py::test_zonings_matter_less_than_forms",
    ),
    Mutant(
        "visibility that counts in millions",
        "sim/processes/funding.py",
        "raised_eur / par.visible_scale_eur",
        "raised_eur / 1e6",
        "test_scale.py::test_the_unit_of_money_does_not_matter",
    ),
    Mutant(
        "more startups a head in a large country",
        "sim/build.py",
        "mean = STARTUPS_PER_WORKER * z.workforce.sum() *",
        "mean = 1e-5 * z.workforce.sum() ** 1.7 *",
        "test_scale.py::test_twice_the_country_has_twice_the_people_floor_and_startups",
    ),
    Mutant(
        "a wage curve upside down",
        "sim/processes/wages.py",
        "target - par.wage_curve * np.log",
        "target + par.wage_curve * np.log",
        "test_people.py::test_the_wage_curve",
    ),
    Mutant(
        "employers who like dear people",
        "sim/processes/labour.py",
        "(par.reservation - par.demand) * gap",
        "(par.reservation + par.demand) * gap",
        "test_people.py::test_dear_people_lose_jobs_elsewhere_where_demand_is_elastic",
    ),
    Mutant(
        "people from abroad on top of the trend",
        "sim/processes/population.py",
        "        out[YOUNG] -= usual\n",
        "",
        "test_people.py::test_without_policy_all_ways_add_up_to_the_trend",
    ),
    Mutant(
        "some newcomers uncounted",
        "sim/processes/population.py",
        "entered[0] += rows.size * weight",
        "entered[0] += (way != RETRAINED).sum() * weight",
        "test_people.py::test_people_who_come_are_counted_by_way",
    ),
    Mutant(
        "bundles counted as people when they enter",
        "sim/processes/population.py",
        "rng.poisson(mean[z, s] / weight,",
        "rng.poisson(mean[z, s],",
        "test_people.py::test_people_per_row_do_not_matter",
    ),
    Mutant(
        "training that trains nobody more",
        "sim/processes/population.py",
        "retrained(zone.trained, zone.workforce, par)",
        "retrained(zone.trained_reference, zone.workforce, par)",
        "test_people.py::test_training_in_weak_zones_leaks_to_the_strong_one",
    ),
    Mutant(
        "luck by place in the list",
        "sim/processes/labour.py",
        "rng.uniforms(draw, rng.OTHER_JOBS, t.uid[rows])",
        "rng.uniforms(draw, rng.OTHER_JOBS, np.arange(rows.size).astype(np.uint64))",
        "test_people.py::test_pairs_share_their_luck",
    ),
    Mutant(
        "one desk too many",
        "sim/processes/remote.py",
        "met[order] = rank < places",
        "met[order] = rank <= places",
        "test_people.py::test_desks_go_to_those_who_come_first",
    ),
    Mutant(
        "a path without policy that follows it",
        "sim/processes/skills.py",
        "trained, adults = zone.trained_reference.sum()",
        "trained, adults = zone.trained.sum()",
        "test_people.py::test_the_path_without_policy_ignores_it",
    ),
    Mutant(
        "the second founder costs nothing",
        "sim/processes/cash.py",
        "    return founders * founder_cost_eur",
        "    return founder_cost_eur",
        "test_reference.py::test_rare_events_agree",
    ),
    Mutant(
        "innovation that lifts mean growth",
        "sim/processes/innovation.py",
        "step[i] = made - usual",
        "step[i] = made",
        "test_founders.py::test_innovations_come_at_their_hazard_and_leave_mean_growth_alone",
    ),
    Mutant(
        "a grant beyond the pot",
        "sim/processes/aid.py",
        "np.floor(np.minimum(pot / price, LARGEST_CALL))",
        "np.ceil(np.minimum(pot / price, LARGEST_CALL))",
        "test_aid.py::test_grants_never_exceed_the_pot",
    ),
    Mutant(
        "every early grant is a first one",
        "sim/processes/aid.py",
        "chosen[(f.granted[chosen] < 0) & (",
        "chosen[(",
        "test_aid.py::test_a_grant_is_first_and_early_once",
    ),
    Mutant(
        "loans without a time of grace",
        "sim/processes/aid.py",
        "(month > borrowed + grace)",
        "(month > borrowed)",
        "test_aid.py::test_a_loan_is_paid_back_in_equal_parts_after_a_year",
    ),
    Mutant(
        "reliefs on top of what firms paid",
        "sim/processes/cash.py",
        "full = labour.all_in_cost_eur / (1.0 - usual)",
        "full = labour.all_in_cost_eur",
        "test_aid.py::test_the_mean_employee_costs_what_it_did",
    ),
    Mutant(
        "recoveries are less spending",
        "sim/treasury.py",
        'RECOVERIES = ("loans repaid",',
        'RECOVERIES = ("nothing",',
        "test_aid.py::test_loans_come_back_to_those_who_lent",
    ),
    Mutant(
        "investors who do not know grants",
        "sim/processes/funding.py",
        "math.exp(par.visible_grant)",
        "math.exp(0.0 * par.visible_grant)",
        "test_aid.py::test_a_first_grant_doubles_the_chance_of_capital",
    ),
    Mutant(
        "a prototype that is shown to nobody",
        "sim/processes/funding.py",
        " | (since_grant < par.prototype)",
        "",
        "test_aid.py::test_a_prototype_goes_to_investors",
    ),
    Mutant(
        "mediation that trains nobody",
        "sim/processes/skills.py",
        "trainees(z.mediation + z.mediation_aided",
        "trainees(z.mediation + 0.0 * z.mediation_aided",
        "test_levers.py::test_it_leaves_its_mark",
    ),
    Mutant(
        "jobs for nothing",
        "sim/compare/benchmarks.py",
        "np.where(jobs > 0.0, jobs, 1.0), np.inf)",
        "np.where(jobs > 0.0, jobs, 1.0), 0.0)",
        "test_benchmarks.py::test_no_job_costs_without_end",
    ),
    Mutant(
        "capital raised before a grant counted as its effect",
        "sim/compare/benchmarks.py",
        '(wide[name] > wide["granted"]).sum()',
        "(wide[name] >= 0).sum()",
        "test_benchmarks.py::test_capital_counts_from_the_grant_on",
    ),
    Mutant(
        "a figure hit within what is accepted, however badly measured",
        "sim/calibration/targets.py",
        "return max(SDS * self.sd, self.accept)",
        "return self.accept or SDS * self.sd",
        "test_targets.py::test_the_tolerance_is_the_larger_of_two_deviations_and_what_is_accepted",
    ),
    Mutant(
        "figures held out scored as fitted",
        "sim/calibration/scorecard.py",
        'rows = card[card["use"] == use]',
        "rows = card",
        "test_scorecard.py::test_a_figure_is_hit_where_the_mean_is_within_its_tolerance",
    ),
    Mutant(
        "rounds of angels among those of funds",
        "sim/calibration/observed.py",
        'self.rounds[(self.rounds["kind"] != ANGEL) & (year >= first)',
        "self.rounds[(year >= first)",
        "test_operators.py::test_money_counts_rounds_led_by_funds",
    ),
    Mutant(
        "startups without support on its lists",
        "sim/calibration/observed.py",
        'kept = kept[kept["recognised"]] if known else kept',
        "kept = kept",
        "test_operators.py::test_lists_hold_recognised_startups_below_an_age",
    ),
    Mutant(
        "luck left out of the chance of a miss",
        "sim/calibration/history.py",
        "spread = np.sqrt(sd**2 + each.noise**2) + EDGE",
        "spread = np.sqrt(sd**2) + EDGE",
        "test_calibration_method.py::test_chances_of_a_miss_are_those_of_a_normal_law",
    ),
    Mutant(
        "what cannot be hit kept in the fit",
        "sim/calibration/fit.py",
        "mean(axis=1) < OUT_OF_REACH)",
        "mean(axis=1) < 9.0 * OUT_OF_REACH)",
        "test_calibration_method.py::test_what_no_point_can_hit_is_told_and_does_not_spoil_the_rest",
    ),
    Mutant(
        "luck that all points share taken for none",
        "sim/calibration/fit.py",
        "alike = away.sum(axis=0) / np.maximum(points, 1)",
        "alike = 0.0 * away.sum(axis=0) / np.maximum(points, 1)",
        "test_calibration_method.py::test_luck_is_seen_between_seeds_though_it_moves_all_points_alike",
    ),
    Mutant(
        "draws of ABC left where they are",
        "sim/calibration/abc.py",
        "moved = free - terms[:, 1:] @ slope[1:]",
        "moved = free",
        "test_calibration_method.py::test_ranks_are_even_and_show_a_posterior_that_is_too_narrow",
    ),
    Mutant(
        "fits with fewer points than an emulator learns from",
        "sim/scenario/calibration.py",
        "least = max(POINTS_PER_FACTOR * factors, FEWEST_POINTS)",
        "least = POINTS_PER_FACTOR * factors",
        "test_calibrate_verb.py::test_what_cannot_be_done_is_refused",
    ),
    Mutant(
        "later points of a fit given the runs of earlier ones",
        "sim/calibration/runs.py",
        "return out[first:]",
        "return out[: len(out) - first]",
        "test_calibrate_verb.py::test_the_truth_lies_within_the_intervals_and_every_run_is_kept_once",
    ),
    Mutant(
        "tolerances widened on the quiet",
        "sim/calibration/targets.py",
        'DECIDES: Final = ("use", "value", "tolerance", ',
        'DECIDES: Final = ("use", "value", ',
        "test_targets.py::test_changes_of_figures_are_found_whatever_changes",
    ),
    Mutant(
        "losses of other zones left out of the net effect",
        "sim/evaluation/case.py",
        "return self._over(self._added.sum())",
        "return self._over(self._added[self.first != 0].sum())",
        "test_evaluation_lab.py::test_zones_together_gain_what_is_added_less_what_is_lost",
    ),
    Mutant(
        "hazards of closing that do not add up over the years",
        "sim/calibration/demography.py",
        'math.log(pilot["survival_5"] / wanted["survival_5"]) / YEARS',
        'math.log(pilot["survival_5"] / wanted["survival_5"])',
        "test_calibration_method.py::test_demography_in_closed_form_undoes_what_was_changed",
    ),
    Mutant(
        "draws that forget the calibrated set",
        "sim/scenario/assumptions.py",
        "own = {name: vector.get(name, value) for",
        "own = {name: value for",
        "test_assumptions.py::test_drawn_sets_take_whole_vectors_of_the_calibrated_set",
    ),
    Mutant(
        "controls told as losers of nothing",
        "sim/evaluation/told.py",
        "return self.displaced / self.controls + self.displaced / self.treated",
        "return self.displaced / self.controls - self.displaced / self.treated",
        "test_evaluation_did.py::test_t30_with_displacement_the_bias_is_that_of_the_formula",
    ),
    Mutant(
        "an effect before the treatment",
        "sim/evaluation/panel.py",
        "(self.years >= self.first[:, None])",
        "(self.years >= self.first[:, None] - 1)",
        "test_evaluation_did.py::test_one_date_two_way_staggered_and_winners_agree",
    ),
    Mutant(
        "shares of groups taken as known",
        "sim/evaluation/did.py",
        "weight @ found.influence[rows] + found.att[rows] @ share",
        "weight @ found.influence[rows] + 0.0 * found.att[rows] @ share",
        "test_evaluation_did.py::test_averages_are_those_of_the_package_csdid",
    ),
    Mutant(
        "placebo tests that leave out the treated",
        "sim/evaluation/synthetic.py",
        "float((1 + (usual >= ratio).sum())",
        "float((0 + (usual >= ratio).sum())",
        "test_evaluation_estimators.py::test_a_mixture_of_controls_is_found_exactly",
    ),
    Mutant(
        "pairs without a deal left out of gravity",
        "sim/evaluation/gravity.py",
        "kept = np.isin(origin",
        "kept = (counts > 0) & np.isin(origin",
        "test_evaluation_estimators.py::test_gravity_keeps_pairs_without_any_count",
    ),
    Mutant(
        "rings that hold what lies within",
        "sim/evaluation/rings.py",
        "return np.diff(inside, axis=1, prepend=0.0)",
        "return inside",
        "test_evaluation_estimators.py::test_t27_rings_attenuate_monotonically_with_the_range_of_spillovers",
    ),
    Mutant(
        "errors of measurement of one world alone",
        "sim/evaluation/told.py",
        "(Panel(world.values + error, world.years, world.first)",
        "(Panel(world.values + error * (world is policy), world.years, world.first)",
        "test_evaluation_lab.py::test_errors_of_measurement_do_not_make_an_effect",
    ),
    Mutant(
        "success of the first founder alone",
        "sim/people.py",
        "            succeeded[p] = True\n            p = next_employee[p]\n",
        "            succeeded[p] = True\n            p = -1\n",
        "test_founders.py::test_every_founder_of_a_large_firm_has_succeeded",
    ),
    Mutant(
        "founders who do not imitate",
        "sim/processes/founding.py",
        "math.exp(par.peers * peers + ",
        "math.exp(0.0 * par.peers * peers + ",
        "test_founders.py::test_three_pioneers_make_a_cluster_where_founders_imitate_and_none_where_they_do_not",
    ),
    Mutant(
        "knowledge that decays in one step",
        "sim/processes/innovation.py",
        "kept = math.exp(-par.decay * years)",
        "kept = 1.0 - par.decay * years",
        "test_founders.py::test_knowledge_follows_its_equation_whatever_the_step",
    ),
    Mutant(
        "growth that goes on",
        "sim/processes/growth.py",
        "yearly += kept * past_shock[i]",
        "yearly -= kept * past_shock[i]",
        "test_founders.py::test_growth_of_two_years_is_correlated_in_small_firms",
    ),
    Mutant(
        "hazards taken for chances",
        "sim/rng.py",
        "return u < hazard and u < -math.expm1(-hazard)",
        "return u < hazard",
        "test_founders.py::test_a_step_of_half_a_month_changes_yearly_flows_by_less_than_two_per_cent",
    ),
    Mutant(
        "failure that helps more than success",
        "sim/processes/founding.py",
        "par.quality_success if succeeded else par.quality_failure",
        "par.quality_failure if succeeded else par.quality_success",
        "test_founders.py::test_past_success_helps_more_than_past_failure_and_failure_more_than_nothing",
    ),
    Mutant(
        "animation that never tires",
        "sim/processes/spillovers.py",
        "np.maximum(served / p.firms_per_team, 1.0)",
        "np.maximum(0.0 * served, 1.0)",
        "test_fields.py::test_animation_thins_out_with_the_firms_it_serves",
    ),
    Mutant(
        "local money from the wrong tier",
        "sim/treasury.py",
        "region, rows.departement, rows.metropole]",
        "region, rows.region, rows.metropole]",
        "test_state_money.py::test_each_tier_pays_its_part",
    ),
    Mutant(
        "equalisation of the rich",
        "sim/treasury.py",
        'np.maximum(1.0 - policy.land(zones).means, 0.0)',
        'np.maximum(policy.land(zones).means - 1.0, 0.0)',
        "test_state_money.py::test_poorer_zones_pay_less_with_equalisation",
    ),
    Mutant(
        "régions that keep what they did not pay",
        "sim/treasury.py",
        '        total[old] -= left\n',
        '',
        "test_state_money.py::test_no_funder_spends_more_than_it_announced",
    ),
    Mutant(
        "late labels that lose money",
        "sim/treasury.py",
        'return np.where(late, left[0] / np.where(late, left[waits], 1.0), 1.0)',
        'return np.ones(since.size)',
        "test_state_money.py::test_a_hub_that_is_labelled_late_gets_the_same_money_in_fewer_months",
    ),
    Mutant(
        "absorption that never saturates",
        "sim/processes/measures.py",
        'saturation_eur * -math.expm1(-yearly_eur / saturation_eur)',
        'saturation_eur * math.log1p(yearly_eur / saturation_eur)',
        "test_state_money.py::test_the_absorptive_curve_has_slope_one_at_zero_and_saturates",
    ),
    Mutant(
        "one ceiling for all",
        "sim/processes/measures.py",
        "z.ceiling_eur, fixed)[zone]",
        "z.ceiling_eur[:1], fixed)[0 * zone]",
        "test_state_money.py::test_effectiveness_is_that_of_each_zone",
    ),
    Mutant(
        "a ceiling for each hub of a zone",
        "sim/processes/measures.py",
        "absorbed(zone_eur, form, z.ceiling_eur, fixed)[zone]",
        "absorbed(yearly_eur, form, z.ceiling_eur[zone], fixed)",
        "test_state_money.py::test_hubs_of_one_zone_share_what_it_can_put_to_use",
    ),
    Mutant(
        "wasteland paid twice",
        "sim/processes/measures.py",
        'if measure.kind != "wasteland":',
        'if measure.kind:',
        "test_levers.py::test_nobody_is_paid_for_wasteland_that_is_not_there",
    ),
    Mutant(
        "places looked at in January only",
        "sim/processes/measures.py",
        "first = (p.size[rows] == 0.0) & (due > 0.0)",
        "first = (p.size[rows] == 0.0) & (due > 1e300)",
        "test_levers.py::test_a_place_is_built_from_the_month_its_money_comes",
    ),
    Mutant(
        "layers that speed procedures",
        "sim/processes/governance.py",
        '1.0 + par.delay * np.maximum(layers, 0.0)',
        '1.0 - par.delay * np.maximum(layers, 0.0)',
        "test_state_money.py::test_layers_cost_money_and_time",
    ),
    Mutant(
        "merge that counts everywhere",
        "sim/processes/governance.py",
        '1.0 - merge * exists[h.zone[funded]]',
        'np.full(funded.sum(), 1.0 - merge)',
        "test_state_money.py::test_a_new_mission_of_a_body_is_no_new_layer",
    ),
    Mutant(
        "carriers who never leave",
        "sim/processes/governance.py",
        'gone = leaves < leaving(',
        'gone = leaves < -leaving(',
        "test_state_money.py::test_turnover_happens_as_often_as_said",
    ),
    Mutant(
        "a label that cannot be lost",
        "sim/processes/label.py",
        'h.labelled[lost], h.lost[lost] = False, month',
        'h.lost[lost] = -1',
        "test_state_money.py::test_a_hub_that_fails_its_audit_loses_label_and_money",
    ),
    Mutant(
        "the worst plans get the label",
        "sim/processes/label.py",
        'else -plan[able]',
        'else plan[able]',
        "test_state_money.py::test_a_call_gives_the_label_as_it_says",
    ),
    Mutant(
        "audits that stop after a year",
        "sim/processes/label.py",
        'FIRST_AUDIT, NEXT_AUDITS = 12, 36',
        'FIRST_AUDIT, NEXT_AUDITS = 12, 360',
        "test_state_money.py::test_audits_come_after_a_year_then_every_three_years",
    ),
    Mutant(
        "links that never decay",
        "sim/processes/pipelines.py",
        'speed = growth + par.decay',
        'speed = growth',
        "test_state_money.py::test_links_grow_and_decay_as_the_equation_says",
    ),
    Mutant(
        "links that teach their own end",
        "sim/processes/pipelines.py",
        'links.strength[:, None] * told[links.other])',
        'links.strength[:, None] * told[links.one])',
        "test_state_money.py::test_startups_of_a_hub_feel_the_far_end_of_its_links",
    ),
    Mutant(
        "a vacuum that relays",
        "sim/processes/pipelines.py",
        '(1.0 + role)',
        '(1.0 - role)',
        "test_state_money.py::test_links_bring_the_capital_nearer_as_its_role_says",
    ),
    Mutant(
        "a corridor that nobody walks",
        "sim/processes/funding.py",
        "km[in_capital(world)] *= 1.0 - taken",
        "km[in_capital(world)] *= 1.0",
        "test_state_money.py::test_investors_of_the_capital_look_along_links",
    ),
    Mutant(
        "labels for all above any score",
        "sim/processes/label.py",
        "plan[able] >= policy.threshold",
        "plan[able] >= 0.0",
        "test_calls.py::test_all_that_are_eligible_and_those_above_a_threshold",
    ),
    Mutant(
        "attention that is never divided",
        "sim/processes/brand.py",
        ' / labels**par.dilution',
        '',
        "test_state_money.py::test_attention_is_divided_or_common",
    ),
    Mutant(
        "a brand that takes credit for every exit",
        "sim/processes/brand.py",
        "exits += known & ",
        "exits += ",
        "test_state_money.py::test_exits_and_failures_with_much_public_money_are_talked_about",
    ),
    Mutant(
        "news without a brand",
        "sim/processes/brand.py",
        'change * min(goodwill, 1.0)',
        'change',
        "test_state_money.py::test_events_are_noticed_as_far_as_there_is_a_brand",
    ),
    Mutant(
        "capital that is given away",
        "sim/rounds.py",
        "share[i] * (1.0 - stake) + stake",
        "share[i] + stake",
        "test_capital.py::test_parts_add_up_to_one_every_month",
    ),
    Mutant(
        "investors who look everywhere alike",
        "sim/deal_flow.py",
        "out[zone_key[z]] = pull[z] * reach[z]",
        "out[zone_key[z]] = pull[z]",
        "test_capital.py::test_distance_and_sector_are_recovered_from_pairs",
    ),
    Mutant(
        "investors who know no sector",
        "sim/deal_flow.py",
        "    liking = math.exp(par.sector)\n",
        "    liking = 1.0\n",
        "test_capital.py::test_distance_and_sector_are_recovered_from_pairs",
    ),
    Mutant(
        "money that makes no deal",
        "sim/processes/capital.py",
        "supply = par.funding.supply_2013_eur * nation",
        "supply = 700e6 * nation",
        "test_capital.py::test_more_supply_means_more_deals",
    ),
    Mutant(
        "a relief paid to new angels only",
        "sim/processes/funding.py",
        "rows = v.kind[lead] == ANGEL",
        "rows = v.novice[lead]",
        "test_capital.py::test_a_relief_brings_angels_and_deals_but_no_firms_nor_jobs",
    ),
    Mutant(
        "angels with a relief who invest like others",
        "sim/processes/capital.py",
        "each = ANGEL_DEALS * more_money / max(min(more_people, 1.0), 1e-9)",
        "each = ANGEL_DEALS",
        "test_capital.py::test_new_angels_make_just_the_deals_that_more_money_pays",
    ),
    Mutant(
        "partners who know nobody",
        "sim/rounds.py",
        "(1.0 + ties * past_rounds(partners[k], investor_uid[m]))",
        "1.0",
        "test_capital.py::test_partners_are_drawn_by_deals_distance_and_past_rounds",
    ),
    Mutant(
        "public money without a limit",
        "sim/rounds.py",
        "min(eur[r] * most / (1.0 - most), z",
        "min(eur[r] * 3.0, z",
        "test_capital.py::test_public_money_joins_private_rounds_up_to_its_share",
    ),
    Mutant(
        "a lesson's ratio upside down",
        "sim/teaching/numbers.py",
        "return (at_b - at_a) / over if over",
        "return over / (at_b - at_a) if over",
        "test_lessons.py::test_the_number_by_hand",
    ),
    Mutant(
        "a lesson's promise that half the seeds keep",
        "sim/teaching/numbers.py",
        "self.holds * self.guarantee.of_seeds >=",
        "self.holds * 2 * self.guarantee.of_seeds >=",
        "test_lessons.py::test_a_share_of_seeds_is_kept_whatever_their_number",
    ),
    Mutant(
        "pictures of a lesson that lose their high bytes",
        "sim/teaching/pack.py",
        "(change >> 8)",
        "(change >> 9)",
        "test_lessons.py::test_pictures_come_back_as_they_were",
    ),
    Mutant(
        "a ring that holds what it surrounds",
        "sim/teaching/observe.py",
        "if z not in set(inside)",
        "if z >= 0",
        "test_lessons.py::test_the_ring_is_around_and_not_inside",
    ),
    Mutant(
        "a startup that is its own neighbour",
        "sim/teaching/indicators.py",
        "(counts * (counts - 1.0)).sum()",
        "(counts * counts).sum()",
        "test_lessons.py::test_neighbours_by_hand",
    ),
    Mutant(
        "the answer in the students' page",
        "sim/teaching/pages.py",
        '"ticket": both(shape.ticket),',
        '"ticket": both(shape.found),',
        "test_lessons.py::test_no_answer_is_in_what_students_get",
    ),
    Mutant(
        "a live page that others on the network can reach",
        "sim/teaching/serve.py",
        'LOOPBACK: Final = "127.0.0.1"',
        'LOOPBACK: Final = "0.0.0.0"',
        "test_live.py::test_it_listens_on_this_machine_alone",
    ),
    Mutant(
        "a live page that answers without its key",
        "sim/teaching/serve.py",
        "in hosts and hmac.compare_digest",
        "in hosts or hmac.compare_digest",
        "test_live.py::test_others_are_refused",
    ),
    Mutant(
        "a live page that never stops by itself",
        "sim/teaching/serve.py",
        "< 60.0 * idle_minutes",
        "< 1e9 * idle_minutes",
        "test_live.py::test_it_stops_when_nobody_asks",
    ),
    Mutant(
        "a live page whose parameters act on nothing",
        "sim/teaching/live.py",
        "        else:\n            self.par = self._parameters()",
        "        else:\n            pass",
        "test_live.py::test_a_parameter_acts_from_the_next_month_and_restart_plays_all_with_it",
    ),
    Mutant(
        "a live page that leaves the bounds of parameters",
        "sim/teaching/live.py",
        "    if not low <= value <= high:",
        "    if not low <= value:",
        "test_live.py::test_what_cannot_be_is_refused_and_changes_nothing",
    ),
    Mutant(
        "a game whose spillover is its selection",
        "sim/teaching/game.py",
        "told.selection, told.interference, case.net",
        "told.selection, told.selection, case.net",
        "test_game.py::test_figures_of_worlds_known_by_hand",
    ),
    Mutant(
        "a verb that checks lessons as if they were scenarios",
        "sim/commands/files.py",
        "        LESSON_SCHEMA: _check_lesson,\n",
        "",
        "test_lessons.py::test_the_verb_that_checks_files_knows_lessons",
    ),
)

QUICK = ("two purposes with one number", "a process that knows another", "two versions")  # nothing to compile


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: caught, or why not."""

    mutant: Mutant
    caught: bool
    why: str
    seconds: float


def copy_project(folder: Path) -> Path:
    """What tests need of the project, in a folder of its own."""
    for name in ("sim", "tests", "scenarios", "calibration"):
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                folder / name,
                ignore=shutil.ignore_patterns("__pycache__", "*.parquet"),
                copy_function=shutil.copy2,
            )
    for path in ROOT.glob("*.*"):
        if path.is_file():
            shutil.copy2(path, folder / path.name)
    return folder


def run_test(project: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run one test on a copy of the project, on the compiled code of this copy."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(project),
        "NUMBA_CACHE_DIR": str(project / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", f"tests/{test}"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=500)


def keep_compiled(project: Path) -> None:
    """Compile the sound copy once, and see that it passes a test that runs whole worlds."""
    done = run_test(project, "test_contracts.py")
    if done.returncode != 0:
        raise SystemExit(f"the model fails before it is broken:\n{done.stdout[-3000:]}")
    shutil.copytree(project / "cache", project / "sound")


def restore_compiled(project: Path) -> None:
    """Give the sound copy its compiled code back: a mutant replaces that of its file."""
    if (project / "sound").is_dir():
        shutil.rmtree(project / "cache")
        shutil.copytree(project / "sound", project / "cache")


def try_mutant(mutant: Mutant, project: Path) -> Verdict:
    """Break the copy, run the test, mend the copy. Only a failed assertion or error of the test itself counts."""
    began, path = time.perf_counter(), project / mutant.file
    sound = path.read_text(encoding="utf-8")
    if sound.count(mutant.old) != 1:
        return Verdict(mutant, False, f"its source is found {sound.count(mutant.old)} times: write it again", 0.0)
    stat = path.stat()
    try:
        path.write_text(sound.replace(mutant.old, mutant.new), encoding="utf-8")
        done = run_test(project, mutant.test)
    finally:
        path.write_text(sound, encoding="utf-8")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # compiled code of the sound file stays valid
        restore_compiled(project)
    caught = done.returncode == 1
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()[-120:]
    return Verdict(mutant, caught, last, time.perf_counter() - began)


def report(verdicts: list[Verdict]) -> str:
    """Table of what was caught."""
    width = max(len(v.mutant.name) for v in verdicts)
    lines = [
        f"{v.mutant.name:{width}}  {'caught' if v.caught else 'NOT CAUGHT':10}  {v.seconds:5.1f} s  {v.mutant.test}"
        + ("" if v.caught else f"  [{v.why}]")
        for v in verdicts
    ]
    missed = sum(not v.caught for v in verdicts)
    return "\n".join([*lines, f"{len(verdicts) - missed} of {len(verdicts)} mutants caught"])


def main(names: list[str]) -> int:
    """Try the mutants whose name holds one of `names`, all without any; 0 when all are caught."""
    chosen = [m for m in MUTANTS if not names or any(name in m.name for name in names)]
    if not chosen:
        print("no mutant has such a name; there are:\n  " + "\n  ".join(m.name for m in MUTANTS), file=sys.stderr)
        return 2
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder))
        keep_compiled(project)
        for mutant in chosen:
            verdicts.append(try_mutant(mutant, project))
            print(report(verdicts[-1:]).splitlines()[0], file=sys.stderr, flush=True)
    print(report(verdicts))
    return 0 if all(v.caught for v in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
