"""What the verbs of sweeps say, in French and English."""

from __future__ import annotations

WORDS_OF_SWEEPS = {
    "merged": {"en": "{source}: {runs} runs taken over.", "fr": "{source} : {runs} simulations reprises."},
    "plan_runs": {
        "en": "{runs} runs: {points} points × {scenarios} scenarios (with the reference) × {seeds} seeds. "
        "{there} are done.",
        "fr": "{runs} simulations : {points} points × {scenarios} scénarios (dont la référence) × {seeds} graines. "
        "{there} sont faites.",
    },
    "plan_time": {
        "en": "{seconds} s a run: {hours} processor hours, {wall} in all (processors: {processors}).",
        "fr": "{seconds} s par simulation : {hours} heures de processeur, {wall} en tout (processeurs : {processors}).",
    },
    "plan_disk": {"en": "{megabytes} MB on the disk.", "fr": "{megabytes} Mo sur le disque."},
    "plan_unknown": {
        "en": "Nothing was run yet: no time, disk or interval to tell. Give --pilot 2 or more.",
        "fr": "Rien n'a encore été simulé : ni durée, ni place, ni intervalle à annoncer. Donnez --pilot 2 ou plus.",
    },
    "plan_failed": {
        "en": "All runs made so far failed ({failed}): no time, disk or interval to tell.",
        "fr": "Toutes les simulations faites jusqu'ici ont échoué ({failed}) : ni durée, ni place, ni intervalle à "
        "annoncer.",
    },
    "plan_interval": {
        "en": "{arm}: mean effect on {outcome} known to ±{half} over all points (95 % interval, from {n} points).",
        "fr": "{arm} : effet moyen sur {outcome} connu à ±{half} près, tous points confondus (intervalle à 95 %, "
        "d'après {n} points).",
    },
    "plan_interval_point": {
        "en": "{arm}: effect on {outcome} at one point, with its {seeds} seeds: to ±{half}.",
        "fr": "{arm} : effet sur {outcome} en un point, avec ses {seeds} graines : à ±{half} près.",
    },
    "plan_seeds": {
        "en": "{arm}: to ±{wanted} at one point: {seeds} seeds, {safe} to be on the safe side.",
        "fr": "{arm} : à ±{wanted} près en un point : {seeds} graines, {safe} par prudence.",
    },
    "plan_points": {
        "en": "{arm}: to ±{wanted} over all points: {needed} points of {seeds} seeds.",
        "fr": "{arm} : à ±{wanted} près, tous points confondus : {needed} points de {seeds} graines.",
    },
    "plan_points_never": {
        "en": "{arm}: to ±{wanted} over all points: more points alone will not do, since all have the same {seeds} "
        "seeds: more seeds.",
        "fr": "{arm} : à ±{wanted} près, tous points confondus : d'autres points ne suffiront pas, car tous ont les "
        "mêmes {seeds} graines : il faut plus de graines.",
    },
    "plan_no_luck": {
        "en": "{arm}: no point has two finished seeds, so that luck is unknown. Give --pilot 4 or more, and two seeds.",
        "fr": "{arm} : aucun point n'a deux graines finies, le hasard reste inconnu. Donnez --pilot 4 ou plus, et deux "
        "graines.",
    },
    "script_kept": {
        "en": "{folder}/slurm.sh is there already and is used as it is: what this command says of processors, memory, "
        "time and queue changes nothing",
        "fr": "{folder}/slurm.sh existe déjà et sert tel quel : ce que cette commande dit des processeurs, de la "
        "mémoire, de la durée et de la file ne change rien",
    },
    "array_short": {
        "en": "SLURM job {job} has ended and {left} runs are missing; {folder}/logs/slurm-{job}_*.txt say why",
        "fr": "la tâche SLURM {job} est finie et il manque {left} simulations ; "
        "{folder}/logs/slurm-{job}_*.txt disent pourquoi",
    },
    "sweep_counts": {
        "en": "{folder}: {planned} runs planned, {ok} done, {failed} failed, {missing} missing.",
        "fr": "{folder} : {planned} simulations prévues, {ok} faites, {failed} en échec, {missing} manquantes.",
    },
    "sweep_failure": {
        "en": "  {runs} × {message}\n      see one: {command}",
        "fr": "  {runs} × {message}\n      en voir une : {command}",
    },
    "sweep_again": {
        "en": "  They stay failed until they are asked for again: {command}",
        "fr": "  Elles restent en échec tant qu'on ne les redemande pas : {command}",
    },
    "sweep_failures_more": {
        "en": "  and {n} other kinds of failure (--json has all)",
        "fr": "  et {n} autres sortes d'échec (--json les donne toutes)",
    },
    "older_runs": {
        "en": "{folder}: another version of the model ({known}, here {here}) made {runs} runs; they are kept, and "
        "do not count",
        "fr": "{folder} : une autre version du modèle ({known}, ici {here}) a fait {runs} simulations ; elles sont "
        "gardées et ne comptent pas",
    },
    "explore_no_runs": {
        "en": "no runs of this sweep in {folder}. Make them first: {command}",
        "fr": "aucune simulation de ce balayage dans {folder}. À faire d'abord : {command}",
    },
    "explore_no_finished": {
        "en": "no finished run of this sweep in {folder} yet. Make them first: {command}",
        "fr": "aucune simulation de ce balayage n'est encore achevée dans {folder}. À faire d'abord : {command}",
    },
    "explore_all_failed": {
        "en": "all runs of this sweep made so far in {folder} failed ({failed}). To see why: {command}",
        "fr": "toutes les simulations de ce balayage faites jusqu'ici dans {folder} ont échoué ({failed}). Pour savoir "
        "pourquoi : {command}",
    },
    "explore_source": {
        "en": "Sweep {id} ({hash}), {points} points, seeds at each: {seeds}. Exploratory ex ante simulation.",
        "fr": "Balayage {id} ({hash}), {points} points, graines à chacun : {seeds}. Simulation exploratoire ex ante.",
    },
    "explore_versus": {"en": "{a} against {b}", "fr": "{a} contre {b}"},
    "explore_dropped": {"en": " [{dropped} left out: failed or missing runs]",
                        "fr": " [{dropped} laissés de côté : simulations en échec ou absentes]"},
    "explore_more": {"en": "and {n} more in the table", "fr": "et {n} autres dans le tableau"},
    "sense_title": {"en": "What moves the effect on {outcome}, against “{reference}”",
                    "fr": "Ce qui fait varier l'effet sur {outcome}, par rapport à « {reference} »"},
    "sense_intro": {"en": "{outcome}: {method}. {note}", "fr": "{outcome} : {method}. {note}"},
    "sense_morris": {"en": "mean absolute effect over the whole range (mu*)",
                     "fr": "effet absolu moyen sur toute l'étendue (mu*)"},
    "sense_morris_note": {
        "en": "Morris: how far a factor moves the outcome from one end of its range to the other; 95 % interval.",
        "fr": "Morris : de combien un facteur déplace le résultat d'un bout à l'autre de son étendue ; "
        "intervalle à 95 %.",
    },
    "sense_sobol": {"en": "total share of the variance (ST)", "fr": "part totale de la variance (ST)"},
    "sense_sobol_note": {
        "en": "Sobol: share of the variance that stays while all other factors are known; 95 % bootstrap interval.",
        "fr": "Sobol : part de la variance qui reste quand tous les autres facteurs sont connus ; intervalle à 95 % "
        "par rééchantillonnage.",
    },
    "sense_pairs": {
        "en": "Together, beyond what each does alone (S2):",
        "fr": "Ensemble, au-delà de ce que chacun fait seul (S2) :",
    },
    "sense_no_pair": {
        "en": "No two of them do more together than alone, as far as so few runs can tell.",
        "fr": "Aucune paire ne fait plus ensemble que séparément, pour autant que ces simulations le disent.",
    },
    "sense_emulator": {"en": "total share of the variance (ST), by an emulator",
                       "fr": "part totale de la variance (ST), par émulateur"},
    "sense_emulator_note": {
        "en": "Sobol's indices of a model of the model; 95 % interval.",
        "fr": "Indices de Sobol d'un modèle du modèle ; intervalle à 95 %.",
    },
    "sense_ranks": {"en": "partial rank correlation", "fr": "corrélation partielle des rangs"},
    "sense_ranks_note": {
        "en": "From -1 to 1, the other factors held; relations that rise and fall again stay unseen.",
        "fr": "De -1 à 1, les autres facteurs étant tenus ; une relation qui monte puis redescend ne se voit pas.",
    },
    "sense_swings": {"en": "change from the model as it is", "fr": "écart au modèle tel qu'il est"},
    "sense_swings_note": {
        "en": "Each factor alone, from one end of its range to the other; what acts together stays unseen.",
        "fr": "Chaque facteur seul, d'un bout à l'autre de son étendue ; ce qui agit ensemble ne se voit pas.",
    },
    "sense_poor": {
        "en": "{name}: the emulator foresees too little to be read (R2 = {r2}, 0.8 is needed): more points.",
        "fr": "{name} : l'émulateur prévoit trop mal pour être lu (R2 = {r2}, il faut 0,8) : plus de points.",
    },
    "box_title": {"en": "Where each policy wins: {outcome}", "fr": "Où chaque option l'emporte : {outcome}"},
    "box_note": {
        "en": "Bar: range swept, in colour the part within which wins are dense, grey where no bound lasts. Ticks "
        "above: points won; below: points lost.",
        "fr": "Barre : étendue balayée ; en couleur, la partie où les victoires sont denses, en gris si aucune borne "
        "ne tient. Traits au-dessus : points gagnés ; au-dessous : points perdus.",
    },
    "disc_intro": {
        "en": "{outcome}: where each policy wins, over {points} points. All have the same seeds ({seeds}): the luck of "
        "these is in every point.",
        "fr": "{outcome} : où chaque option l'emporte, sur {points} points. Tous ont les mêmes graines ({seeds}) : le "
        "hasard de celles-ci est dans chaque point.",
    },
    "disc_found": {
        "en": "“{policy}” wins at {base} of the points; where {rule}, at {density} (there lie {coverage} of its wins).",
        "fr": "« {policy} » l'emporte dans {base} des points ; là où {rule}, dans {density} "
        "(on y trouve {coverage} de ses victoires).",
    },
    "disc_and": {"en": " and ", "fr": " et "},
    "disc_no_bound": {
        "en": "No discovery for “{policy}”: it wins at {base} of the {points} points, and no bound on an assumption "
        "lasts when the points are resampled.",
        "fr": "Aucune découverte pour « {policy} » : l'option l'emporte dans {base} des {points} points, et aucune "
        "borne sur une hypothèse ne tient quand on rééchantillonne les points.",
    },
    "disc_no_denser": {
        "en": "No discovery for “{policy}”: it wins at {base} of the {points} points, and the box found is no denser "
        "in wins than the rest among points that had no part in its making.",
        "fr": "Aucune découverte pour « {policy} » : l'option l'emporte dans {base} des {points} points, et la zone "
        "trouvée n'est pas plus riche en victoires que le reste parmi les points laissés hors du calcul.",
    },
    "disc_too_few": {
        "en": "No search for “{policy}”, which wins at {base} of the points: {why}.",
        "fr": "Pas de recherche pour « {policy} », qui l'emporte dans {base} des points : {why}.",
    },
    "disc_tree": {
        "en": "  A small tree (foresees {accuracy} of points unseen; a coin foresees 50%):",
        "fr": "  Un petit arbre (prévoit {accuracy} des points non vus ; une pièce, 50 %) :",
    },
    "disc_rule": {"en": "where", "fr": "là où"},
    "disc_leaf": {"en": "wins|points", "fr": "victoires|points"},
    "disc_policy": {"en": "What each choice may cost", "fr": "Ce que chaque choix peut coûter"},
    "disc_robust": {
        "en": "mean regret|95%|largest|gain of {least} or more|best",
        "fr": "regret moyen|95 %|plus grand|gain d'au moins {least}|en tête",
    },
    "disc_no_robust": {
        "en": "Nothing to tell of what each choice may cost: {why}.",
        "fr": "Rien à dire de ce que chaque choix peut coûter : {why}.",
    },
    "disc_used": {
        "en": "Regret: loss against the best policy of the same point. Over {used} points; {dropped} left out.",
        "fr": "Regret : perte par rapport à la meilleure option du même point. Sur {used} points ; {dropped} laissés "
        "de côté.",
    },
}
