"""Who may do what: the City's roles as permissions."""

from allauth.account.auth_backends import AuthenticationBackend

from accounts.rights import permissions_of


class RoleBackend(AuthenticationBackend):
    """Sign-in by e-mail, as allauth does it, and the permissions of the City's roles."""

    def get_user_permissions(self, user_obj, obj=None):
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        return super().get_user_permissions(user_obj, obj) | permissions_of(user_obj.city_roles)
