"""What the verbs say, in French and English, side by side so that neither language lacks a sentence."""

from __future__ import annotations

from typing import Any

WORDS = {
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
    "range_short": {"en": "80 %", "fr": "80 %"},
    "bench_head": {"en": "published effect|published|found|95 % interval|n|verdict",
                   "fr": "effet publié|publié|trouvé|intervalle à 95 %|n|verdict"},
    "bench_pass": {"en": "pass", "fr": "retrouvé"},
    "bench_miss": {"en": "miss", "fr": "manqué"},
    "bench_set": {"en": ", by construction", "fr": ", par construction"},
    "bench_from": {"en": "above {low}", "fr": "plus de {low}"},
    "bench_undefined": {"en": "not defined", "fr": "non défini"},
    "bench_unbounded": {"en": "without bound", "fr": "sans borne"},
    "bench_note": {
        "en": "Found: the true effect, in runs that differ by the policy alone (same seeds, {years}).\n"
        "By construction: a parameter was set on the published value; shown, not scored.\n"
        "A published value without a range is met within a quarter of its effect. Scored: {passed} of {scored} found.",
        "fr": "Trouvé : l'effet vrai, entre simulations que la politique seule distingue (mêmes graines, {years}).\n"
        "Par construction : un paramètre a été fixé sur la valeur publiée ; montré, non compté.\n"
        "Une valeur publiée sans fourchette est retrouvée à un quart de son effet près. "
        "Comptés : {passed} sur {scored} retrouvés.",
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
    "merged": {"en": "{source}: {runs} runs taken over.", "fr": "{source} : {runs} simulations reprises."},
    "plan_runs": {
        "en": "{runs} runs: {points} points × {scenarios} scenarios, the reference among them × {seeds} seeds. "
        "{there} are done.",
        "fr": "{runs} simulations : {points} points × {scenarios} scénarios, dont la référence × {seeds} graines. "
        "{there} sont faites.",
    },
    "plan_time": {
        "en": "{seconds} s a run: {hours} processor hours, {wall} on {processors} processors.",
        "fr": "{seconds} s par simulation : {hours} heures de processeur, {wall} sur {processors} processeurs.",
    },
    "plan_disk": {"en": "{bytes} on the disk.", "fr": "{bytes} sur le disque."},
    "plan_unknown": {
        "en": "Nothing was run yet: no time, disk or interval to tell. Give --pilot 2 or more.",
        "fr": "Rien n'a encore été simulé : ni durée, ni place, ni intervalle à annoncer. Donnez --pilot 2 ou plus.",
    },
    "plan_interval": {
        "en": "{arm}: mean effect on {outcome} known to ±{half} over all points (95 % interval).",
        "fr": "{arm} : effet moyen sur {outcome} connu à ±{half} près, tous points confondus (intervalle à 95 %).",
    },
    "plan_interval_point": {
        "en": "  at one point, with its {seeds} seeds: to ±{half}.",
        "fr": "  en un point, avec ses {seeds} graines : à ±{half} près.",
    },
    "sweep_counts": {
        "en": "{folder}: {planned} runs planned, {ok} done, {failed} failed, {missing} missing.",
        "fr": "{folder} : {planned} simulations prévues, {ok} faites, {failed} en échec, {missing} manquantes.",
    },
    "sweep_failure": {
        "en": "  {runs} × {message}\n      see one: {command}",
        "fr": "  {runs} × {message}\n      en voir une : {command}",
    },
}


def say(key: str, lang: str, **values: Any) -> str:
    """Return a sentence in a language with its values."""
    return WORDS[key][lang].format(**values)
