"""What the verbs say, in French and English, side by side so that neither language lacks a sentence."""

from __future__ import annotations

from typing import Any

from sim.commands.words_of_lessons import WORDS_OF_LESSONS
from sim.commands.words_of_sweeps import WORDS_OF_SWEEPS

WORDS = {
    **WORDS_OF_LESSONS,
    **WORDS_OF_SWEEPS,
    "runs": {"en": "runs", "fr": "simulations"},
    "folder": {"en": "Results: {folder}", "fr": "Résultats : {folder}"},
    "study": {
        "en": "Study {study} ({hash}): {planned} runs, {present} there already.",
        "fr": "Étude {study} ({hash}) : {planned} simulations, dont {present} déjà faites.",
    },
    "report": {"en": "Report: {path}", "fr": "Rapport : {path}"},
    "tables": {"en": "Tables: {path}", "fr": "Tableaux : {path}"},
    "some_failed": {
        "en": "{failed} runs failed and {lost} were lost with their worker. Reasons: {logs}. "
        "Try them again with --retry-failed.",
        "fr": "{failed} simulations ont échoué, {lost} ont été perdues avec leur processus. Causes : {logs}. "
        "Pour les refaire : --retry-failed.",
    },
    "damaged": {
        "en": "missing, damaged or changed since it was written: {file}. What is left of its run was set aside "
        "under {file}.damaged and the like; the run is made again.",
        "fr": "absent, abîmé ou modifié depuis son écriture : {file}. Ce qui reste de sa simulation est mis de côté "
        "sous {file}.damaged et semblables ; la simulation est refaite.",
    },
    "left_out": {
        "en": "a run of a neighbouring folder is not taken over, because this file is missing, damaged or changed "
        "since it was written: {file}. Left as it is ({others} more like it).",
        "fr": "une simulation d'un dossier voisin n'est pas reprise, car ce fichier est absent, abîmé ou modifié "
        "depuis son écriture : {file}. Laissé tel quel (et {others} autres de même).",
    },
    "stopped": {
        "en": "stopped by {signal}; {kept} of {planned} runs are kept. The same command goes on from there:\n"
        "  {command}",
        "fr": "arrêté par {signal} ; {kept} simulations sur {planned} sont gardées. "
        "La même commande reprend là :\n  {command}",
    },
    "question_one": {"en": "{last}: what does it change?", "fr": "{last} : qu'est-ce que cela change ?"},
    "question_many": {"en": "{first} or {last}?", "fr": "{first} ou {last} ?"},
    "rescaled": {
        "en": "Equal cost: the budget of {arm} is multiplied by {factor}.",
        "fr": "Égalité des coûts : le budget de {arm} est multiplié par {factor}.",
    },
    "stability": {
        "en": "Stability number G = {value} (below 1: places that gain do not go on gaining by themselves).",
        "fr": "Nombre de stabilité G = {value} (sous 1 : un lieu qui gagne ne continue pas de gagner de lui-même).",
    },
    "unstable": {
        "en": "G is not below 1: where startups gather depends on history, and averages mix several outcomes.",
        "fr": "G n'est pas sous 1 : le lieu des regroupements dépend de l'histoire, et les moyennes mêlent plusieurs "
        "issues.",
    },
    "total_startups": {"en": "startups", "fr": "startups"},
    "total_jobs": {"en": "jobs", "fr": "emplois"},
    "total_entries": {"en": "founded", "fr": "créations"},
    "total_closures": {"en": "closed", "fr": "fermetures"},
    "total_raised_eur": {"en": "raised", "fr": "levées"},
    "fit_wave": {
        "en": "Wave {wave}: {points} points; {volume} of the range is left, implausibility at most {level}.",
        "fr": "Vague {wave} : {points} points ; il reste {volume} de l'étendue, invraisemblance au plus {level}.",
    },
    "fit_head": {"en": "default|best|mean|5 %|95 %|learnt", "fr": "défaut|meilleur|moyenne|5 %|95 %|appris"},
    "fit_done": {
        "en": "The best vector hits {best} of {scored} fitted figures; {runs} runs, {minutes} minutes end to end.",
        "fr": "Le meilleur vecteur atteint {best} des {scored} chiffres ajustés ; {runs} simulations, soit {minutes} "
        "minutes bout à bout.",
    },
    "fit_out_of_reach": {
        "en": "Out of reach wherever most of the others are hit, and left out of the fit: {names}.",
        "fr": "Hors d'atteinte partout où la plupart des autres sont atteints, et laissés hors de l'ajustement : "
        "{names}.",
    },
    "fit_beyond": {
        "en": "No point is plausible for every figure at once: the nearest are {level} deviations off one of them.",
        "fr": "Aucun point n'est vraisemblable pour tous les chiffres à la fois : les plus proches sont à {level} "
        "écarts types de l'un d'eux.",
    },
    "score_fit": {"en": "Fitted", "fr": "Ajustés"},
    "score_hold_out": {"en": "Held out", "fr": "Mis de côté"},
    "score_head": {
        "en": "published|simulated|95 % of the mean||without agents",
        "fr": "publié|simulé|95 % de la moyenne||sans agents",
    },
    "score_hit": {"en": "hit", "fr": "atteint"},
    "score_miss": {"en": "missed", "fr": "manqué"},
    "score_cannot": {"en": "cannot tell", "fr": "ne le dit pas"},
    "score_tally_fit": {
        "en": "Fitted: {hit} of {scored} hit ({share}); without agents {null}.",
        "fr": "Ajustés : {hit} atteints sur {scored} ({share}) ; sans agents {null}.",
    },
    "score_tally_hold_out": {
        "en": "Held out: {hit} of {scored} hit ({share}); without agents {null}.",
        "fr": "Mis de côté : {hit} atteints sur {scored} ({share}) ; sans agents {null}.",
    },
    "score_worse": {
        "en": "The model without agents does better on: {names}.",
        "fr": "Le modèle sans agents fait mieux sur : {names}.",
    },
    "score_outside": {
        "en": "FAILED: {name} is of the literature and stands outside its prior.",
        "fr": "ÉCHEC : {name} vient de la littérature et sort de ses bornes.",
    },
    "score_untold": {
        "en": "{count} figures are of years that were not simulated.",
        "fr": "{count} chiffres portent sur des années qui n'ont pas été simulées.",
    },
    "score_unchanged": {
        "en": "Values, tolerances and split of the shipped figures: as written down before the first fit.",
        "fr": "Valeurs, tolérances et répartition des chiffres livrés : telles qu'arrêtées avant le premier calage.",
    },
    "score_changed": {
        "en": "Changed in the figures since the first fit: {changes}.",
        "fr": "Modifié dans les chiffres depuis le premier calage : {changes}.",
    },
    "score_not_france": {
        "en": "Figures are published for France; this territory is another.",
        "fr": "Les chiffres publiés portent sur la France ; ce territoire est un autre.",
    },
    "score_defaults": {"en": "Parameters: the defaults.", "fr": "Paramètres : les valeurs par défaut."},
    "score_vector": {
        "en": "Parameters: vector {vector} of the calibrated set {name}.",
        "fr": "Paramètres : vecteur {vector} du jeu calé {name}.",
    },
    "score_note": {
        "en": "n = {n} runs. Hit: the mean of the runs is within the tolerance, the larger of two standard deviations "
        "of the measurement and of what the field accepts. What is counted: calibration/targets.csv.",
        "fr": "n = {n} simulations. Atteint : la moyenne des simulations est dans la tolérance, la plus large de deux "
        "écarts types de la mesure et de ce que le domaine accepte. Ce qui est compté : calibration/targets.csv.",
    },
    "range_short": {"en": "80 %", "fr": "80 %"},
    "bench_head": {"en": "published effect|published|found|95 % interval|n|verdict",
                   "fr": "effet publié|publié|trouvé|intervalle à 95 %|n|verdict"},
    "bench_pass": {"en": "pass", "fr": "retrouvé"},
    "bench_miss": {"en": "miss", "fr": "manqué"},
    "bench_set": {"en": ", by construction", "fr": ", par construction"},
    "bench_by_did": {"en": ", by differences", "fr": ", par différences"},
    "bench_by_matching": {"en": ", by matching", "fr": ", par appariement"},
    "bench_by_synthetic": {"en": ", by synthetic control", "fr": ", par contrôle synthétique"},
    "bench_by_regression": {"en": ", by regression", "fr": ", par régression"},
    "bench_from": {"en": "above {low}", "fr": "plus de {low}"},
    "bench_undefined": {"en": "not defined", "fr": "non défini"},
    "bench_unbounded": {"en": "without bound", "fr": "sans borne"},
    "bench_note": {
        "en": "Found: the true effect, in runs that differ by the policy alone (same seeds, {years});\n"
        "or, where the verdict says how, what the design of the authors finds in one world.\n"
        "By construction: a parameter was set on the published value; shown, not scored.\n"
        "A published value without a range is met within a quarter of its effect. Scored: {passed} of {scored} found.",
        "fr": "Trouvé : l'effet vrai, entre simulations que la politique seule distingue (mêmes graines, {years}) ;\n"
        "ou, là où le verdict dit comment, ce que la méthode des auteurs trouve dans un seul monde.\n"
        "Par construction : un paramètre a été fixé sur la valeur publiée ; montré, non compté.\n"
        "Une valeur publiée sans fourchette est retrouvée à un quart de son effet près. "
        "Comptés : {passed} sur {scored} retrouvés.",
    },
    "eval_seed": {"en": "Seed {seed}: the years before are read.",
                  "fr": "Graine {seed} : les années d'avant sont lues."},
    "eval_seen": {
        "en": "Observed: {outcome}; effects in {scale}; error of measurement {noise}, attrition {attrition}.",
        "fr": "Observé : {outcome} ; effets en {scale} ; erreur de mesure {noise}, attrition {attrition}.",
    },
    "eval_net": {"en": "  (treated zones added up: {gross}; all zones, over the treated: {net})",
                 "fr": "  (territoires aidés additionnés : {gross} ; tous, rapportés aux aidés : {net})"},
    "eval_head": {
        "en": "estimate|95 % interval|truth|bias|selection|spillover|holds the truth|sees an effect|n|verdict|"
        "its own test",
        "fr": "estimation|intervalle à 95 %|vrai|biais|sélection|débordement|contient le vrai|voit un effet|n|verdict|"
        "son propre test",
    },
    "eval_interval": {"en": "{low} to {high}", "fr": "{low} à {high}"},
    "eval_p_placebo": {"en": "placebo policies: p = {value}", "fr": "politiques placebo : p = {value}"},
    "eval_largest_placebo_z": {"en": "before the policy: up to {value} errors",
                               "fr": "avant la politique : jusqu'à {value} écarts types"},
    "eval_hidden_bias": {"en": "holds up to hidden odds of {value}", "fr": "tient jusqu'à une cote cachée de {value}"},
    "eval_unit_people_firm": {"en": " (people per firm)", "fr": " (personnes par entreprise)"},
    "eval_unit_startups_km2": {"en": " (startups per km2)", "fr": " (startups par km2)"},
    "eval_truth": {"en": "tells the truth", "fr": "dit vrai"},
    "eval_vague": {"en": "too vague", "fr": "trop flou"},
    "eval_misleads": {"en": "misleads", "fr": "trompe"},
    "eval_truth_line": {"en": "true effect", "fr": "effet vrai"},
    "eval_title": {"en": "What each evaluation would have told, and the truth",
                   "fr": "Ce que chaque évaluation aurait dit, et le vrai"},
    "eval_caption": {
        "en": "Mark and line: mean estimate and 95 % interval of evaluators who see one world each. Black: the true "
        "effect on the treated zones, from twin worlds without the policy.",
        "fr": "Marque et trait : estimation et intervalle à 95 % moyens d'évaluateurs qui voient chacun un seul monde. "
        "Noir : l'effet vrai sur les territoires aidés, d'après les mondes jumeaux sans la politique.",
    },
    "eval_note": {
        "en": "Estimates and intervals: means over simulations of what an evaluator of each would have printed. Truth: "
        "mean effect on the treated,\nfrom the twin world without the policy. Bias = selection (what is found where "
        "there is no policy) + spillover (what the policy did to controls).\nMisleads: its intervals hold the truth "
        "less often than the 95% they claim, beyond chance; or it sees an effect and errs by more than {within}\non "
        "average. Too vague: it sees an effect in fewer than {enough} of simulations.",
        "fr": "Estimations et intervalles : moyennes sur les simulations de ce qu'aurait publié un évaluateur de "
        "chacune. Vrai : effet moyen sur les aidés,\nd'après le monde jumeau sans la politique. Biais = sélection (ce "
        "qu'on trouve là où il n'y a pas de politique) + débordement (effet de la politique\nsur les témoins). "
        "Trompe : ses intervalles contiennent le vrai moins souvent que les 95 % annoncés, au-delà du hasard ; ou voit "
        "un effet et\nse trompe en moyenne de plus de {within}. Trop flou : voit un effet dans moins de {enough} des "
        "simulations.",
    },
    "verify_run": {
        "en": "Making run {k} of {n} again: {scenario}, seed {seed}.",
        "fr": "Simulation {k} sur {n} refaite : {scenario}, graine {seed}.",
    },
    "verify_good": {
        "en": "As it was run: {files} files have their hash, {runs} runs made again give the same bits.",
        "fr": "Conforme : {files} fichiers ont leur empreinte, {runs} simulations refaites donnent les mêmes bits.",
    },
    "verify_bad": {
        "en": "Not as it was run: {n} differences ({files} files compared, {runs} runs made again).",
        "fr": "Non conforme : {n} différences ({files} fichiers comparés, {runs} simulations refaites).",
    },
    "verify_changes": {
        "en": "The code or the libraries are not those of the study, which may explain it (then, now): {changes}",
        "fr": "Le code ou les bibliothèques ont changé depuis l'étude, cause possible (alors, maintenant) : {changes}",
    },
    "verify_manifest_unreadable": {
        "en": "manifest.json cannot be read: {problem}",
        "fr": "manifest.json est illisible : {problem}",
    },
    "verify_manifest_changed": {
        "en": "manifest.json was changed since it was written (it does not have its own hash)",
        "fr": "manifest.json a été modifié depuis son écriture (il n'a pas sa propre empreinte)",
    },
    "verify_file_missing": {"en": "{file}: missing", "fr": "{file} : absent"},
    "verify_file_not_of_run": {
        "en": "{file}: not what its run wrote (its hash is not the one kept with the run)",
        "fr": "{file} : pas ce que sa simulation a écrit (son empreinte n'est pas celle gardée avec la simulation)",
    },
    "verify_file_changed": {
        "en": "{file}: changed since it was written (its hash is not that of manifest.json)",
        "fr": "{file} : modifié depuis son écriture (son empreinte n'est pas celle de manifest.json)",
    },
    "verify_study_changed": {
        "en": "the study cannot be read back: {problem}",
        "fr": "l'étude ne se relit pas : {problem}",
    },
    "verify_identity": {
        "en": "manifest.json: {what} is not what the stored study gives",
        "fr": "manifest.json : {what} n'est pas ce que donne l'étude enregistrée",
    },
    "verify_run_unreadable": {
        "en": "run {run}, table {table}: cannot be read: {problem}",
        "fr": "simulation {run}, table {table} : illisible : {problem}",
    },
    "verify_state": {
        "en": "run {run}: the final state is {found}, stored {stored}",
        "fr": "simulation {run} : l'état final est {found}, enregistré {stored}",
    },
    "verify_value": {
        "en": "run {run}, table {table}, column {column}, row {row}: stored {stored}, now {found}",
        "fr": "simulation {run}, table {table}, colonne {column}, ligne {row} : "
        "enregistré {stored}, maintenant {found}",
    },
    "verify_rows": {
        "en": "run {run}, table {table}: stored {stored} rows, now {found}",
        "fr": "simulation {run}, table {table} : {stored} lignes enregistrées, maintenant {found}",
    },
    "verify_columns": {
        "en": "run {run}, table {table}: columns differ ({column})",
        "fr": "simulation {run}, table {table} : les colonnes diffèrent ({column})",
    },
    "verify_table_extra": {
        "en": "run {run}, table {table}: stored, but the run makes no such table now",
        "fr": "simulation {run}, table {table} : enregistrée, mais la simulation n'en fait plus",
    },
    "film": {
        "en": "Drawing the quartiers of seed {seed}: the run is made once more.",
        "fr": "Dessin des quartiers de la graine {seed} : la simulation est refaite.",
    },
    "drawn": {"en": "Figure: {path}", "fr": "Figure : {path}"},
    "insee": {
        "en": "{folder}: {communes} communes and {epci} EPCI, each a site named by its code "
        "(where: {{level: site, codes: [...]}}).\n{left} communes without a place on the map "
        "({people:,.0f} people) are spread over the others of their département.",
        "fr": "{folder} : {communes} communes et {epci} EPCI, chacun un site nommé par son code "
        "(where: {{level: site, codes: [...]}}).\n{left} communes sans lieu sur la carte "
        "({people:.0f} habitants) sont réparties sur les autres de leur département.",
    },
    "yes": {"en": "yes", "fr": "oui"},
    "no": {"en": "no", "fr": "non"},
    "design_grid": {
        "en": "every combination of values: few parameters, a table to read",
        "fr": "toutes les combinaisons de valeurs : peu de paramètres, un tableau à lire",
    },
    "design_list": {
        "en": "the points under `points:`, as somebody has chosen them",
        "fr": "les points écrits sous `points:`, tels que quelqu'un les a choisis",
    },
    "design_latin_hypercube": {
        "en": "each parameter once in each slice of its range: an even look at many parameters",
        "fr": "chaque paramètre une fois dans chaque tranche de son étendue : une vue égale de nombreux paramètres",
    },
    "design_sobol": {
        "en": "an even cover that more points extend: discovery, emulators",
        "fr": "une couverture égale que d'autres points prolongent : découverte, émulateurs",
    },
    "design_saltelli": {
        "en": "shares of the variance (Sobol's indices); points is a power of two; second_order adds pairs",
        "fr": "parts de la variance (indices de Sobol) ; points, puissance de deux ; second_order ajoute les paires",
    },
    "design_one_at_a_time": {
        "en": "the defaults, then each parameter alone: a first look, blind to what acts together",
        "fr": "les valeurs par défaut, puis chaque paramètre seul : un premier regard, aveugle à ce qui agit ensemble",
    },
    "design_morris": {
        "en": "trajectories that move one parameter after the other: the few of many that matter",
        "fr": "des parcours qui déplacent un paramètre après l'autre : les quelques-uns, parmi beaucoup, qui comptent",
    },
    "warning": {"en": "warning: {text}", "fr": "attention : {text}"},
    "array": {
        "en": "SLURM job {job}: {parts} parts. Its script is {folder}/slurm.sh.",
        "fr": "Tâche SLURM {job} : {parts} parts. Son script est {folder}/slurm.sh.",
    },
    "array_left": {
        "en": "no longer watching; SLURM job {job} goes on. See `status {folder}`; end it with `scancel {job}`.",
        "fr": "fin du suivi ; la tâche SLURM {job} continue. Voir `status {folder}` ; l'arrêter : `scancel {job}`.",
    },
    "cluster_lost": {
        "en": "{problem}; {kept} of {planned} runs are kept. The same command goes on from there:\n  {command}",
        "fr": "{problem} ; {kept} simulations sur {planned} sont gardées. La même commande reprend là :\n  {command}",
    },
    "merge_nothing": {
        "en": "{folder} holds no results of Quartiers (no manifest.json); nothing was changed",
        "fr": "{folder} ne contient pas de résultats de Quartiers (pas de manifest.json) ; rien n'a été modifié",
    },
    "merge_kinds": {
        "en": "{folder} and {source} cannot be joined: one holds a sweep, the other a study; nothing was changed",
        "fr": "{folder} et {source} ne se joignent pas : l'un contient un balayage, l'autre une étude ; rien n'a été "
        "modifié",
    },
    "merge_studies": {
        "en": "{source} holds another study, {other}, than {folder}, {own}; nothing was changed. Only runs of one and "
        "the same study are joined: same options, assumptions, outcome and horizons.",
        "fr": "{source} contient une autre étude, {other}, que {folder}, {own} ; rien n'a été modifié. Seules se "
        "joignent les simulations d'une même étude : mêmes options, hypothèses, résultat et horizons.",
    },
    "merge_report": {
        "en": "Make its report again: python run.py report {folder}",
        "fr": "Pour refaire son rapport : python run.py report {folder}",
    },
}


def say(key: str, lang: str, **values: Any) -> str:
    """Return a sentence in a language with its values."""
    return WORDS[key][lang].format(**values)
