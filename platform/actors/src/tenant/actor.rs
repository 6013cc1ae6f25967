//! The one writer of an organisation's roster of stores.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use arc_swap::ArcSwap;
use tarn_domain::{StoreId, Timestamp};
use tarn_registry::{Organization, StoreStatus};
use tokio::sync::oneshot;

use super::open::{Ground, remove_files};
use super::view::{NewStore, StoreView, TenantView};
use crate::audit::AuditHandle;
use crate::error::ActorError;
use crate::store::StoreHandle;

/// The open stores of an organisation, for readers.
pub(crate) type Open = Arc<ArcSwap<HashMap<StoreId, StoreHandle>>>;

/// A store whose owner died this often within [`SHORT`] is kept shut.
const DEATHS: usize = 3;
const SHORT: Duration = Duration::from_secs(60);

pub(crate) struct TenantActor {
    pub organization: Organization,
    pub ground: Ground,
    pub audit: AuditHandle,
    pub view: Arc<ArcSwap<TenantView>>,
    pub open: Open,
    /// When the owner of a store last died, newest last.
    pub deaths: HashMap<StoreId, Vec<Timestamp>>,
}

type Reply<T> = oneshot::Sender<Result<T, ActorError>>;

pub(super) enum Ask {
    Create(NewStore, Reply<StoreView>),
    Delete(StoreId, Reply<()>),
    /// Sets whether a store follows AWS HealthLake.
    AwsCompat(StoreId, bool, Reply<StoreView>),
    Open(StoreId, Reply<StoreHandle>),
    Refresh(Reply<()>),
    /// Closes every store.
    Close(Reply<()>),
}

impl Message for Ask {
    type Result = ();
}

impl Actor for TenantActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(1_024);
    }
}

/// The roster as it is on record.
async fn roster(ground: &Ground, organization: &Organization) -> Result<TenantView, ActorError> {
    Ok(TenantView::new(organization, ground.registry.stores(organization.id).await?))
}

impl TenantActor {
    fn publish(&self, view: TenantView) {
        self.view.store(Arc::new(view));
    }

    fn put_open(&self, handle: StoreHandle) {
        let mut open = HashMap::clone(&self.open.load());
        open.insert(handle.id(), handle);
        self.open.store(Arc::new(open));
    }

    fn drop_open(&self, id: StoreId) -> Option<StoreHandle> {
        let mut open = HashMap::clone(&self.open.load());
        let handle = open.remove(&id);
        self.open.store(Arc::new(open));
        handle
    }

    fn create(&mut self, new: NewStore, reply: Reply<StoreView>, ctx: &mut Context<Self>) {
        let (ground, audit) = (self.ground.clone(), self.audit.clone());
        let organization = self.organization.clone();
        let id = new.id;
        let work = async move {
            let record = tarn_registry::NewStore {
                id,
                organization: organization.id,
                name: new.name,
                synthetic: new.synthetic,
                aws_compat: new.aws_compat,
                status: StoreStatus::Creating,
                created: ground.clock.now(),
            };
            ground.registry.add_store(record).await?;
            let handle = match ground.start_store(organization.id, id, true, audit).await {
                Ok(handle) => handle,
                Err(error) => {
                    let (status, now) = (StoreStatus::CreateFailed, ground.clock.now());
                    ground.registry.set_store_status(id, status, now).await?;
                    return Err(error);
                }
            };
            let now = ground.clock.now();
            ground.registry.set_store_status(id, StoreStatus::Active, now).await?;
            Ok((handle, roster(&ground, &organization).await?))
        };
        // One change of the roster at a time.
        ctx.wait(work.into_actor(self).map(move |done, actor, _| {
            let answer = done.and_then(|(handle, view)| {
                let made = view.store(id).cloned();
                actor.put_open(handle);
                actor.publish(view);
                made.ok_or(ActorError::NotFound("data store"))
            });
            let _ = reply.send(answer);
        }));
    }

    fn aws_compat(
        &mut self,
        id: StoreId,
        on: bool,
        reply: Reply<StoreView>,
        ctx: &mut Context<Self>,
    ) {
        if self.view.load().store(id).is_none() {
            let _ = reply.send(Err(ActorError::NotFound("data store")));
            return;
        }
        let (ground, organization) = (self.ground.clone(), self.organization.clone());
        let work = async move {
            ground.registry.set_store_aws_compat(id, on).await?;
            roster(&ground, &organization).await
        };
        ctx.wait(work.into_actor(self).map(move |done, actor, _| {
            let answer = done.and_then(|view| {
                let changed = view.store(id).cloned();
                actor.publish(view);
                changed.ok_or(ActorError::NotFound("data store"))
            });
            let _ = reply.send(answer);
        }));
    }

    fn delete(&mut self, id: StoreId, reply: Reply<()>, ctx: &mut Context<Self>) {
        if self.view.load().store(id).is_none() {
            let _ = reply.send(Err(ActorError::NotFound("data store")));
            return;
        }
        let handle = self.drop_open(id);
        let (ground, organization) = (self.ground.clone(), self.organization.clone());
        let work = async move {
            let now = ground.clock.now();
            ground.registry.set_store_status(id, StoreStatus::Deleting, now).await?;
            if let Some(handle) = handle {
                handle.close().await;
            }
            let path = ground.store_path(organization.id, id);
            let removal = tokio::task::spawn_blocking(move || remove_files(&path));
            removal.await.map_err(|_| ActorError::Lost("the data store"))??;
            let now = ground.clock.now();
            ground.registry.set_store_status(id, StoreStatus::Deleted, now).await?;
            roster(&ground, &organization).await
        };
        ctx.wait(work.into_actor(self).map(|done, actor, _| {
            let _ = reply.send(done.map(|view| actor.publish(view)));
        }));
    }

    fn open(&mut self, id: StoreId, reply: Reply<StoreHandle>, ctx: &mut Context<Self>) {
        if let Some(handle) = self.open.load().get(&id).cloned() {
            if !handle.is_closed() {
                let _ = reply.send(Ok(handle));
                return;
            }
            self.drop_open(id);
            if !handle.was_given_up() {
                let now = self.ground.clock.now();
                self.deaths.entry(id).or_default().push(now);
            }
        }
        if self.is_quarantined(id) {
            let _ = reply.send(Err(ActorError::Quarantined));
            return;
        }
        let (ground, audit) = (self.ground.clone(), self.audit.clone());
        let organization = self.organization.clone();
        let known = self.view.load_full();
        let work = async move {
            let view = match known.store(id) {
                Some(store) if store.status == StoreStatus::Active => None,
                // Made by a command beside the server, perhaps.
                _ => Some(roster(&ground, &organization).await?),
            };
            let store = view.as_ref().unwrap_or(&known).store(id);
            if store.is_none_or(|store| store.status != StoreStatus::Active) {
                return Ok((Err(ActorError::NotFound("data store")), view));
            }
            Ok::<_, ActorError>((ground.start_store(organization.id, id, false, audit).await, view))
        };
        ctx.wait(work.into_actor(self).map(move |done, actor, _| {
            let answer = done.and_then(|(handle, view)| {
                view.into_iter().for_each(|view| actor.publish(view));
                if let Ok(handle) = &handle {
                    actor.put_open(handle.clone());
                }
                handle
            });
            if let Err(ActorError::Store(error)) = &answer {
                tracing::error!(store.id = %id, %error, "a store cannot be opened");
            }
            let _ = reply.send(answer);
        }));
    }

    fn is_quarantined(&mut self, id: StoreId) -> bool {
        let now = self.ground.clock.now();
        let Some(deaths) = self.deaths.get_mut(&id) else { return false };
        if deaths.len() >= DEATHS {
            return true;
        }
        deaths.retain(|at| now.since(*at) < SHORT);
        false
    }

    fn refresh(&mut self, reply: Reply<()>, ctx: &mut Context<Self>) {
        let (ground, organization) = (self.ground.clone(), self.organization.clone());
        let work = async move { roster(&ground, &organization).await };
        ctx.wait(work.into_actor(self).map(|done, actor, _| {
            let _ = reply.send(done.map(|view| actor.publish(view)));
        }));
    }

    fn close(&mut self, reply: Reply<()>, ctx: &mut Context<Self>) {
        let open = self.open.swap(Arc::default());
        let work = async move {
            for handle in open.values() {
                handle.close().await;
            }
        };
        ctx.wait(work.into_actor(self).map(|(), _, _| {
            let _ = reply.send(Ok(()));
        }));
    }
}

impl Handler<Ask> for TenantActor {
    type Result = ();

    fn handle(&mut self, ask: Ask, ctx: &mut Context<Self>) {
        match ask {
            Ask::Create(new, reply) => self.create(new, reply, ctx),
            Ask::Delete(id, reply) => self.delete(id, reply, ctx),
            Ask::AwsCompat(id, on, reply) => self.aws_compat(id, on, reply, ctx),
            Ask::Open(id, reply) => self.open(id, reply, ctx),
            Ask::Refresh(reply) => self.refresh(reply, ctx),
            Ask::Close(reply) => self.close(reply, ctx),
        }
    }
}
