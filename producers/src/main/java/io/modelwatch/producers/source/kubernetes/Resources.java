package io.modelwatch.producers.source.kubernetes;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetList;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentList;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetList;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobList;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.dsl.ScalableResource;

/**
 * The resources that are looked at.
 *
 * @param namespace empty for all
 */
record Resources(KubernetesClient client, String namespace) {

    FilterWatchListDeletable<
                    GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>>
            services() {
        return in(client.genericKubernetesResources(InferenceServices.RESOURCE));
    }

    FilterWatchListDeletable<Deployment, DeploymentList, RollableScalableResource<Deployment>> deployments() {
        return in(client.apps().deployments());
    }

    FilterWatchListDeletable<StatefulSet, StatefulSetList, RollableScalableResource<StatefulSet>> statefulSets() {
        return in(client.apps().statefulSets());
    }

    FilterWatchListDeletable<DaemonSet, DaemonSetList, Resource<DaemonSet>> daemonSets() {
        return in(client.apps().daemonSets());
    }

    FilterWatchListDeletable<Job, JobList, ScalableResource<Job>> jobs() {
        return in(client.batch().v1().jobs());
    }

    FilterWatchListDeletable<CronJob, CronJobList, Resource<CronJob>> cronJobs() {
        return in(client.batch().v1().cronjobs());
    }

    FilterWatchListDeletable<Pod, PodList, PodResource> pods() {
        return in(client.pods());
    }

    private <T, L, R extends Resource<T>> FilterWatchListDeletable<T, L, R> in(MixedOperation<T, L, R> all) {
        return namespace.isEmpty() ? all.inAnyNamespace() : all.inNamespace(namespace);
    }
}
