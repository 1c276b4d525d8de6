package io.modelwatch.history.api;

import io.modelwatch.history.api.Route.Answer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reports for who approves. */
final class ReportRoutes {

    private final Queries queries;

    ReportRoutes(Queries queries) {
        this.queries = queries;
    }

    List<Route> all() {
        return List.of(
                report(
                        "/v1/reports/approvals",
                        "How many changes were approved in time, late or not at all, and how long late ones took",
                        Reports.APPROVALS,
                        List.of(Reports.APPROVALS_BY, Reports.SINCE, Reports.UNTIL),
                        Reports::approvals),
                report(
                        "/v1/reports/expiring",
                        "Approvals, contracts and exceptions that end soon, and what rests on them",
                        Reports.EXPIRING,
                        List.of(Reports.DAYS, Reports.AT),
                        Reports::expiring),
                report(
                        "/v1/reports/backdated",
                        "Events that are dated before a change and came in after the alert about it",
                        Reports.BACKDATED,
                        List.of(Reports.RECEIVED_SINCE, Reports.RECEIVED_UNTIL),
                        Reports::backdated),
                report(
                        "/v1/reports/models",
                        "Models that run now, by country of origin or by who owns or sells the deployment",
                        Reports.MODELS,
                        List.of(Reports.MODELS_BY),
                        Reports::models));
    }

    /** Counts something. */
    @FunctionalInterface
    private interface Report {
        Listing.Page page(Queries queries, Arguments arguments) throws SQLException;
    }

    private Route report(String path, String summary, String list, List<Param> params, Report report) {
        List<Param> all = new ArrayList<>(params);
        all.add(Param.LIMIT);
        all.add(Param.AFTER);
        return Route.get(path, summary, Answer.LIST, List.copyOf(all), (context, arguments) -> {
            Listing.Page page = report.page(queries, arguments);
            Answers.items(context, page, page.more() ? Reports.cursor(list, page) : null);
        });
    }
}
