package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.TrackedChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is said of each provenance change, alert or none: again only when it is something else. */
final class Verdicts {

    private Verdicts() {}

    /** Notes what is said of each change now and returns those of which it differs from what was said before. */
    static List<ChangeVerdict> advance(DriftState state, List<Judgement> judgements, Instant now) {
        Map<String, String> alerts = new HashMap<>();
        for (Alert alert : state.getAlerts()) {
            alert.getChanges().forEach(judged -> alerts.put(judged.getChange().getId(), alert.getId()));
        }
        List<ChangeVerdict> differing = new ArrayList<>();
        for (Judgement judgement : judgements) {
            TrackedChange tracked = judgement.tracked();
            String change = tracked.getChange().getId();
            if (alerts.containsKey(change)) {
                tracked.setAlert(alerts.get(change));
            }
            // Also where the alert has ended and is kept no more.
            String alert = tracked.getAlert();
            String told = Ids.digest(
                    judgement.verdict().name(),
                    Boolean.toString(judgement.disclosed()),
                    Boolean.toString(judgement.live()),
                    judgement.by() == null ? "" : judgement.by(),
                    alert == null ? "" : alert);
            if (told.equals(tracked.getTold())) {
                continue;
            }
            tracked.setTold(told);
            differing.add(ChangeVerdict.newBuilder()
                    .setId(Ids.verdict(state.getDeployment(), change))
                    .setDeployment(state.getDeployment())
                    .setJudged(Alerts.judged(judgement))
                    .setDisclosed(judgement.disclosed())
                    .setAlert(alert)
                    .setAt(now)
                    .build());
        }
        return differing;
    }
}
