-- A caller who hung up in the queue at the moment when somebody picked up talked to nobody: the carrier says so.

-- up
alter table queue_wait drop constraint queue_wait_reason_check;
alter table queue_wait add constraint queue_wait_reason_check
  -- hang-up: final, whoever is said to have picked up.
  check (reason in ('time', 'length', 'no-agent', 'hang-up'));

-- down
alter table queue_wait drop constraint queue_wait_reason_check;
update queue_wait set reason = null where reason = 'hang-up';
alter table queue_wait add constraint queue_wait_reason_check check (reason in ('time', 'length', 'no-agent'));
