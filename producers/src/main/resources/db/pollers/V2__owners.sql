-- Which instance swept a source last: Quartz gives a job to any of them, and who swept it before knows where it was.
create table owners (
  sched_name varchar(120) not null,
  job_name varchar(200) not null,
  instance_name varchar(200) not null,
  primary key (sched_name, job_name)
);
create index owners_instance on owners (sched_name, instance_name);

-- What each instance is configured to do, in which words: it is given nothing else.
create table configured (
  sched_name varchar(120) not null,
  instance_name varchar(200) not null,
  job_group varchar(200) not null,
  job_name varchar(200) not null,
  words varchar(250) not null,
  since timestamptz not null default now(),
  primary key (sched_name, instance_name, job_group, job_name)
);
